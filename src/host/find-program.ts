import { isAbsolute, join } from "node:path/posix";

/**
 * The absolute path of a program, as Go's exec.LookPath finds it: relative and empty entries of PATH do not count, since
 * a program of the working directory must not be run by accident.
 */
export async function findProgram(
  name: string,
  searchPath: string | undefined,
  isExecutable: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  if (name.includes("/")) return (await isExecutable(name)) ? name : undefined;
  for (const directory of (searchPath ?? "").split(":")) {
    if (!isAbsolute(directory)) continue;
    const path = join(directory, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** The environment of a child: the given one less the variables that steer the runtime of this very program. */
export function childEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && !name.startsWith("BUN_") && !name.startsWith("NODE_")) kept[name] = value;
  }
  return kept;
}
