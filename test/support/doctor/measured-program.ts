// The compiled program, and the CPU time that a run of it takes: load on the machine does not change that.
import { spawn } from "node:child_process";

export interface MeasuredRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds of CPU time, in user and in kernel mode, of the program and of what it started. */
  readonly cpuMs: number;
}

/** What takes seconds takes many times that on a busy machine. */
const runLimitMs = 120_000;

/** `times` prints the CPU time of the shell on the first line, and that of its children on the second. */
const script = '"$@"; status=$?; times >&2; exit "$status"';

export async function measured(
  argv: readonly [string, ...string[]],
  settings: { readonly uid?: number } = {},
): Promise<MeasuredRun> {
  const child = spawn("sh", ["-c", script, "sh", ...argv], {
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8", LC_NUMERIC: "C" },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that the program ends with the shell.
    detached: true,
    ...(settings.uid === undefined ? {} : { uid: settings.uid, gid: settings.uid }),
  });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (chunk: string) => (said[stream] += chunk));
  }
  const limit = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, "SIGKILL"), runLimitMs);
  const status = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? -1));
  });
  clearTimeout(limit);
  const lines = said.stderr.trimEnd().split("\n");
  const stderr = lines.slice(0, -2).join("\n");
  return { status, stdout: said.stdout, stderr, cpuMs: sumOf(lines.at(-1) ?? "") };
}

/** Adds the times of a line such as `0m0.250s 0m0.040s`, in milliseconds. */
function sumOf(line: string): number {
  const times = [...line.matchAll(/(\d+)m([\d.]+)s/g)];
  if (times.length !== 2) throw new Error(`no CPU times: ${line}`);
  return times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1_000, 0);
}
