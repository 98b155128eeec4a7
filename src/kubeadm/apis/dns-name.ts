const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const labelForm = new RegExp(`^${label}$`);
const subdomainForm = new RegExp(`^${subdomain}$`);

const alphanumeric = "must start and end with an alphanumeric character";

/** What is wrong with a name that must be an RFC 1123 subdomain; empty when nothing is. Texts of Kubernetes. */
export function subdomainProblems(name: string): readonly string[] {
  const problems: string[] = [];
  if (name.length > 253) problems.push("must be no more than 253 bytes");
  if (!subdomainForm.test(name)) {
    problems.push(
      `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and ${alphanumeric} ` +
        `(e.g. 'example.com', regex used for validation is '${subdomain}')`,
    );
  }
  return problems;
}

/** The same for an RFC 1123 label. */
export function labelProblems(name: string): readonly string[] {
  const problems: string[] = [];
  if (name.length > 63) problems.push("must be no more than 63 bytes");
  if (!labelForm.test(name)) {
    problems.push(
      `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and ${alphanumeric} ` +
        `(e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`,
    );
  }
  return problems;
}

export function isSubdomain(name: string): boolean {
  return subdomainProblems(name).length === 0;
}

const wildcardForm = new RegExp(`^\\*\\.${subdomain}$`);

/** `*.example.com`, as certificates may have it. */
export function isWildcardSubdomain(name: string): boolean {
  return name.length <= 253 && wildcardForm.test(name);
}
