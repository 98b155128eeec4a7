import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { LabHost } from "../../lab/lab-host.ts";
import { type Program, programs, type Samples } from "./programs.ts";
import type { Row } from "./table.ts";

/** docs/adr/0010-memory.md */
const limit = 1.5;

/** Returns the row of peaks of resident memory, in MiB. */
export function memoryRow(what: string, samples: Samples): Row {
  return { what: `${what}, resident memory`, unit: "MiB", samples, limit };
}

/** Runs a program to its end; returns the peak of its resident memory, in MiB. */
export async function peakMemory(host: LabHost, program: Program, args: readonly string[]): Promise<number> {
  const argv: Argv = [programs[program], ...args];
  const run = async () => {
    const { exitCode, stderr } = await host.run(argv, { timeoutMs: 300_000 });
    if (exitCode !== 0) throw new Error(`${args[0]} by ${program} failed: ${stderr}`);
  };
  return (await withPeakMemory(argv, 2, run)).peak;
}

type Argv = readonly [program: string, ...args: string[]];

/** Looks after the process of the command line while `run` runs it. */
export async function withPeakMemory<T>(
  [program, command]: Argv,
  intervalMs: number,
  run: () => Promise<T>,
): Promise<{ readonly result: T; readonly peak: number }> {
  let ended = false;
  const running = run().finally(() => (ended = true));
  // It is awaited below; until then, a failure has its handler here.
  running.catch(() => undefined);
  let peak = 0;
  for (let pid: number | undefined; !ended; ) {
    pid ??= processOf(program, command);
    if (pid !== undefined) peak = Math.max(peak, residentPeakOf(pid));
    await sleep(intervalMs);
  }
  return { result: await running, peak };
}

function processOf(program: string, command: string | undefined): number | undefined {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [first, second] = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      if (first === program && second === command) return Number(name);
    } catch {
      // It has ended since it was listed.
    }
  }
  return undefined;
}

/** Returns the peak so far, in MiB; zero if the process has ended. */
export function residentPeakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
