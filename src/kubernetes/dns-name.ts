const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const subdomainForm = new RegExp(`^${subdomain}$`);

const alphanumeric = "must start and end with an alphanumeric character";

/** What is wrong with a name that must be an RFC 1123 subdomain; empty when nothing is. Texts of Kubernetes. */
export function subdomainProblems(name: string): readonly string[] {
  // The form is not tried on a long name: its time would grow with the square of the length.
  if (name.length > 253) return ["must be no more than 253 bytes"];
  if (subdomainForm.test(name)) return [];
  return [
    `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and ${alphanumeric} ` +
      `(e.g. 'example.com', regex used for validation is '${subdomain}')`,
  ];
}

const wildcardForm = new RegExp(`^\\*\\.${subdomain}$`);

/** What is wrong with a name that must be a subdomain behind `*.`; empty when nothing is. */
export function wildcardSubdomainProblems(name: string): readonly string[] {
  if (name.length <= 255 && wildcardForm.test(name)) return [];
  return [
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower " +
      "case alphanumeric characters, '-' or '.' and end with an alphanumeric character " +
      `(e.g. '*.example.com', regex used for validation is '\\*\\.${subdomain}')`,
  ];
}
