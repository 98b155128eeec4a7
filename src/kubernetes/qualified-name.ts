import { subdomainProblems } from "./dns-name.ts";

const name = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const nameForm = new RegExp(`^${name}$`);
const nameRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  `(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${name}')`;

/** Returns what is wrong with a name that must be a qualified name (a label key); the messages are Kubernetes'. */
export function qualifiedNameProblems(text: string): readonly string[] {
  const parts = text.split("/");
  if (parts.length > 2) {
    return [`a valid label key ${nameRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const prefix = parts.length === 2 ? parts[0] : undefined;
  return [...prefixProblems(prefix), ...nameProblems(parts.at(-1) ?? "")];
}

function prefixProblems(prefix: string | undefined): readonly string[] {
  if (prefix === undefined) return [];
  if (prefix === "") return ["prefix part must be non-empty"];
  return subdomainProblems(prefix).map((reason) => `prefix part ${reason}`);
}

function nameProblems(text: string): readonly string[] {
  const problems: string[] = [];
  if (text === "") problems.push("name part must be non-empty");
  else if (text.length > 63) problems.push("name part must be no more than 63 bytes");
  if (!nameForm.test(text)) problems.push(`name part ${nameRule}`);
  return problems;
}
