import type { FindDirectory } from "../../host/path-from.ts";
import type { Flags } from "../../kubeadm/flags/flag.ts";
import { type CommandLine, type FlagTable, flagName, type GivenValues } from "../../kubeadm/flags/flag-table.ts";
import { absolutePath } from "./absolute-path.ts";
import type { Invocation } from "./command.ts";

/**
 * What was given on a command line, under the names of the library's fields. Relative paths are those of the directory,
 * which after a change of root is the root.
 */
export function givenFlags<Table extends FlagTable>(
  table: Table,
  { flags, changed }: Invocation<Flags>,
  directory: FindDirectory,
): GivenValues<Table> & CommandLine {
  const values = Object.entries(table).flatMap(([field, { isPath }]) => {
    const name = flagName(field);
    if (!changed.has(name)) return [];
    const value = flags[name];
    return [[field, isPath === true && typeof value === "string" ? absolutePath(value, directory) : value]];
  });
  // Dispatch made these values from the very flags of the table.
  const given = Object.fromEntries(values) as GivenValues<Table>;
  return { ...given, given: [...changed], accepted: Object.keys(flags) };
}
