import { timeOfZone } from "../src/host/local/local-time.ts";
import { engineSwitch, zoneOffset } from "../src/host/own-environment.ts";
import { defined } from "../src/values/defined.ts";

/**
 * Starts the compiled program once more, in this same process, with the JavaScript engine's compilers off: a join or an init
 * computes for some tenths of a second, where they are of no use, and having them ready costs 2.8 MB (docs/adr/0010). The
 * engine reads its switch at its own start, from the environment alone, under the one name that scripts/sealed-runtime.ts
 * has left it; programs that we start do not inherit it. Where that cannot be done, or under Node.js, the program simply
 * goes on.
 */
function startAgain(): void {
  try {
    process.execve?.(process.execPath, [process.argv0, ...process.argv.slice(2)], {
      ...process.env,
      [engineSwitch]: "0",
      ...defined({ [zoneOffset]: steadyOffset(new Date()) }),
    });
  } catch {
    // Moved or deleted while it ran: the same program, in a little more memory.
  }
}

function isCompiled(): boolean {
  return process.argv[1]?.startsWith("/$bunfs/") === true;
}

/** Of the commands that compute much and run long, none gains from a compiler: they wait for others. */
function startsWorkflow(): boolean {
  return process.argv.includes("join") || process.argv.includes("init");
}

/**
 * The zone's minutes from UTC, if they stay the same for two days, which is longer than a join or an init runs. What the
 * engine loads to answer this, the program that is started here does not have to load.
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
