import { timeOfZone } from "../src/host/local/local-time.ts";
import { engineSwitch, zoneOffset } from "../src/host/own-environment.ts";
import { defined } from "../src/values/defined.ts";

/**
 * Starts the compiled program again in the same process, without the JavaScript engine's compilers. A join, an init or an
 * upgrade computes only for some tenths of a second, and does not need them; they cost 2.8 MB and more (docs/adr/0010).
 * The engine reads this setting only at its start and only from the environment, under the single name that
 * scripts/sealed-runtime.ts leaves. Programs that we start do not inherit it. If the start fails, and under Node.js, the
 * program continues.
 */
function startAgain(): void {
  try {
    process.execve?.(process.execPath, [process.argv0, ...process.argv.slice(2)], {
      ...process.env,
      [engineSwitch]: "0",
      ...defined({ [zoneOffset]: steadyOffset(new Date()) }),
    });
  } catch {
    // The executable was moved or deleted: the program continues, with a little more memory.
  }
}

function isCompiled(): boolean {
  return process.argv[1]?.startsWith("/$bunfs/") === true;
}

/** Reports whether the command is one that mostly waits, so that compilers do not make it faster. */
function startsWorkflow(): boolean {
  return ["join", "init", "upgrade"].some((command) => process.argv.includes(command));
}

/**
 * Returns the zone's minutes from UTC if they stay the same for two days, which is longer than a workflow runs. The
 * program that is started again then does not load the engine's time zones.
 */
function steadyOffset(now: Date): string | undefined {
  const offset = minutesFromUtc(now);
  const later = new Date(now.getTime() + 2 * 86_400_000);
  return minutesFromUtc(later) === offset ? String(offset) : undefined;
}

function minutesFromUtc(time: Date): number {
  return (time.getTime() - timeOfZone(time).getTime()) / 60_000;
}

if (isCompiled() && startsWorkflow() && process.env[engineSwitch] === undefined) startAgain();
