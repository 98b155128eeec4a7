import type { LabHost } from "../../lab/lab-host.ts";

/** The program on the machine that becomes /usr/bin/kubeadm of the hosts. */
export const ours = "dist/kubeadm";
/** Paths on a host. */
export const programs = { ours: "/usr/bin/kubeadm", upstream: "/usr/local/bin/kubeadm-upstream" } as const;
export type Program = keyof typeof programs;
export const order = ["ours", "upstream"] as const satisfies readonly Program[];

export type Samples<T = number> = Readonly<Record<Program, readonly T[]>>;

export interface Turn {
  readonly program: Program;
  /** From 1. */
  readonly round: number;
}

/** Measures both programs in turn: A B A B … */
export async function inTurn<T>(rounds: number, measure: (turn: Turn) => Promise<T>): Promise<Samples<T>> {
  const samples: Record<Program, T[]> = { ours: [], upstream: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const program of order) samples[program].push(await measure({ program, round }));
  }
  return samples;
}

export function mapSamples<T, U>({ ours, upstream }: Samples<T>, map: (sample: T) => U): Samples<U> {
  return { ours: ours.map(map), upstream: upstream.map(map) };
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Returns milliseconds by the host's own clock, without the time for entering the host. */
export function timed(host: LabHost, program: Program, args: readonly string[]): Promise<number> {
  return timedCommand(host, [programs[program], ...args]);
}

/** Like `timed`, for a program at any path on the host. */
export async function timedCommand(host: LabHost, argv: readonly [string, ...string[]]): Promise<number> {
  const script = 'a=$(date +%s%N); "$@" >/run/bench.log 2>&1; s=$?; b=$(date +%s%N); echo "$s $((b-a))"';
  const output = await host.mustRun(["sh", "-c", script, "sh", ...argv], { timeoutMs: 900_000 });
  const [status, nanoseconds] = output.trim().split(" ").map(Number);
  if (status !== 0) {
    const log = (await host.readFile("/run/bench.log")).toString();
    throw new Error(`${argv.join(" ")} on ${host.name} failed: ${log}`);
  }
  return (nanoseconds ?? Number.NaN) / 1e6;
}
