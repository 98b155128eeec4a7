const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const subdomainForm = new RegExp(`^${subdomain}$`);

const alphanumeric = "must start and end with an alphanumeric character";

/**
 * Returns what is wrong with a name that must be an RFC 1123 subdomain; empty if nothing is. The messages are
 * Kubernetes'.
 */
export function subdomainProblems(name: string): readonly string[] {
  // A long name is not matched: the time would grow quadratically with its length.
  if (name.length > 253) return ["must be no more than 253 bytes"];
  if (subdomainForm.test(name)) return [];
  return [
    `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and ${alphanumeric} ` +
      `(e.g. 'example.com', regex used for validation is '${subdomain}')`,
  ];
}

const wildcardForm = new RegExp(`^\\*\\.${subdomain}$`);

/** Returns what is wrong with a name that must be a subdomain after `*.`; empty if nothing is. */
export function wildcardSubdomainProblems(name: string): readonly string[] {
  if (name.length <= 255 && wildcardForm.test(name)) return [];
  return [
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower " +
      "case alphanumeric characters, '-' or '.' and end with an alphanumeric character " +
      `(e.g. '*.example.com', regex used for validation is '\\*\\.${subdomain}')`,
  ];
}
