import { isAbsolute, join } from "node:path/posix";

/**
 * Returns the absolute path of a program as Go's exec.LookPath finds it: relative and empty entries of PATH do not
 * count, so that a program in the working directory is not run by accident.
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

/** Turns off the compilers of this program (bin/frugal-engine.ts). */
const engineSwitch = "useJIT";

/**
 * Returns the environment for a child process: the given one without the variables that control this program's runtime.
 */
export function childEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    const isOurs = name.startsWith("BUN_") || name.startsWith("NODE_") || name === engineSwitch;
    if (value !== undefined && !isOurs) kept[name] = value;
  }
  return kept;
}
