import { execFile } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import { BuildError } from "../build-error.ts";

const execute = promisify(execFile);

export type Argv = readonly [program: string, ...args: string[]];

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the few variables that every tool gets. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a tool without the settings of this user and this machine, so that it writes the same everywhere. Returns stdout. */
export async function run([program, ...args]: Argv, { cwd, env }: RunOptions = {}): Promise<string> {
  const { PATH, HOME } = process.env;
  try {
    const { stdout } = await execute(program, args, {
      cwd,
      env: { PATH, HOME, LC_ALL: "C.UTF-8", TZ: "UTC", ...env },
      maxBuffer: 256 * 1024 * 1024,
      encoding: "utf8",
    });
    return stdout;
  } catch (error) {
    throw new BuildError(`${basename(program)} ${args.join(" ")} failed: ${outputOf(error)}`);
  }
}

function outputOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stdout, stderr } = error as Error & { readonly stdout?: string; readonly stderr?: string };
  const output = `${stdout ?? ""}${stderr ?? ""}`.trimEnd();
  return output === "" ? error.message : `\n${output}`;
}
