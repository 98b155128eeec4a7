import { invalidConfiguration, invalidValue } from "../documents/field-error.ts";

/**
 * Returns the names of preflight checks to ignore, from flag and file: lower case, unique, sorted. Throws if `all` is
 * combined with others.
 */
export function ignoredChecks(fromFlag: readonly string[], fromFile: readonly string[]): readonly string[] {
  const names = [...new Set([...fromFlag, ...fromFile].map((name) => name.toLowerCase()))].sort();
  if (names.includes("all") && names.length > 1) {
    const error = invalidValue(
      "ignore-preflight-errors",
      names.join(","),
      "don't specify individual checks if 'all' is used",
    );
    throw invalidConfiguration([error]);
  }
  return names;
}
