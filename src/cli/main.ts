import { maskSecrets } from "../errors/mask-secrets.ts";
import { portFailure } from "../phases/port-failure.ts";
import { exitStatusOf } from "./interruption.ts";
import type { CommandEntry } from "./line/command.ts";
import { dispatch } from "./line/dispatch.ts";
import { nothingParsed } from "./line/pflag.ts";
import type { Ports } from "./ports.ts";
import { printError } from "./render/print-error.ts";
import { commandEntries, rootCommand } from "./root.ts";
import { checkRootfs } from "./rootfs.ts";

/** The program: runs the command that `argv` (without the program's name) names, and gives the exit status. */
export async function main(
  argv: readonly string[],
  ports: Ports,
  entries: readonly CommandEntry[] = commandEntries,
): Promise<number> {
  const parsed = nothingParsed();
  try {
    return await dispatch(rootCommand(entries), argv, {
      ports,
      parsed,
      before: async ({ global }) => {
        if (global.rootfs !== "") await checkRootfs(global.rootfs, ports);
      },
    });
  } catch (thrown) {
    // A run has already reported its failure. Failures of other commands are reported here.
    const error = portFailure(thrown);
    const { stderr, environment } = ports;
    printError(error, { stderr, environment, redact: maskSecrets, verbosity: verbosityOf(parsed.set.get("v")) });
    return exitStatusOf(error);
  }
}

function verbosityOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
