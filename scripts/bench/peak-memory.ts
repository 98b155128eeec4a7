import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { LabHost } from "../../lab/lab-host.ts";
import { mapSamples, type Program, programs, type Samples } from "./programs.ts";
import type { Row } from "./table.ts";

/** The most private and the most resident memory that a program had, in MiB. */
export interface Peak {
  readonly private: number;
  readonly resident: number;
}

const limits = { private: 1.1, resident: 1.3 } as const satisfies Peak;

export function memoryRows(what: string, peaks: Samples<Peak>): readonly Row[] {
  const samples = (part: keyof Peak) => mapSamples(peaks, (peak) => peak[part]);
  return [
    { what: `${what}, private memory`, unit: "MiB", samples: samples("private"), limit: limits.private },
    { what: `${what}, resident memory`, unit: "MiB", samples: samples("resident"), limit: limits.resident },
  ];
}

export async function peakMemory(host: LabHost, program: Program, args: readonly string[]): Promise<Peak> {
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
): Promise<{ readonly result: T; readonly peak: Peak }> {
  let ended = false;
  const running = run().finally(() => (ended = true));
  // It is awaited below; until then, a failure has its handler here.
  running.catch(() => undefined);
  const peak = { private: 0, resident: 0 };
  for (let pid: number | undefined; !ended; ) {
    pid ??= processOf(program, command);
    if (pid !== undefined) {
      const now = memoryOf(pid);
      peak.private = Math.max(peak.private, now.private);
      peak.resident = Math.max(peak.resident, now.resident);
    }
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

/** Returns a process's current private memory and its peak resident memory; zeros if it has ended. */
function memoryOf(pid: number): Peak {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const mebibytes = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
    return { private: mebibytes("RssAnon"), resident: mebibytes("VmHWM") };
  } catch {
    return { private: 0, resident: 0 };
  }
}
