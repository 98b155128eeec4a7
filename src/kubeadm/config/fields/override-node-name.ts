import { subdomainProblems } from "../../../kubernetes/dns-name.ts";
import { invalidConfiguration, invalidValue } from "../documents/field-error.ts";
import { nodeNameFrom } from "./node-name.ts";
import type { NodeRegistration } from "./node-registration.ts";

/**
 * `--node-name` outranks the file. Upstream takes the flag's raw text after validation; here it gets the form that was
 * validated, since a Node's name has no upper case.
 */
export function withNodeName<T extends { readonly nodeRegistration: NodeRegistration }>(
  configuration: T,
  nodeName: string,
): T {
  const name = nodeNameFrom(nodeName);
  const problems = subdomainProblems(name).map((problem) => invalidValue("nodeRegistration.name", name, problem));
  if (problems.length > 0) throw invalidConfiguration(problems);
  return { ...configuration, nodeRegistration: { ...configuration.nodeRegistration, name } };
}
