import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { residentPeakOf } from "../bench/peak-memory.ts";

export interface Measured {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** Seconds in user and in kernel mode: load on the machine does not change them. */
  readonly cpuSeconds: number;
  /** Peak of the resident memory. */
  readonly mebibytes: number;
}

const limitMs = 120_000;

/** Runs a program, and looks after its process meanwhile. */
export async function measuredRun(
  [program, ...args]: readonly [string, ...string[]],
  { uid }: { readonly uid?: number } = {},
): Promise<Measured> {
  const started = performance.now();
  const child = spawn(program, args, {
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: limitMs,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (chunk: string) => (said[stream] += chunk));
  }
  const state: { status?: number; endedAt?: number } = {};
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => {
      state.endedAt = performance.now();
    });
    child.once("close", (code) => {
      state.status = code ?? -1;
      resolve();
    });
  });
  let [mebibytes, cpuSeconds] = [0, 0];
  while (state.status === undefined && child.pid !== undefined) {
    mebibytes = Math.max(mebibytes, residentPeakOf(child.pid));
    cpuSeconds = Math.max(cpuSeconds, cpuSecondsOf(child.pid));
    await Promise.race([ended, sleep(3)]);
  }
  await ended;
  return {
    ...said,
    ...{ status: state.status ?? -1, seconds: ((state.endedAt ?? performance.now()) - started) / 1_000 },
    ...{ cpuSeconds, mebibytes },
  };
}

/** Zero for a process that has ended. */
function cpuSecondsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // utime and stime are the 14th and 15th field; the second one may contain blanks.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
  } catch {
    return 0;
  }
}
