import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { mostRepeatedBytes } from "./mutate.ts";
import { minimized, type Problem } from "./run-inputs.ts";
import type { Report, Slice } from "./worker-messages.ts";

/** An input that takes this long never ends, as far as anyone can wait for it. */
const hangMs = 5_000;

export interface SliceResult {
  /** Batches that were completed. */
  readonly batches: number;
  readonly problems: readonly { readonly input: Uint8Array; readonly problem: Problem }[];
  /** Bytes of heap that the slice added; undefined if it did not end by itself. */
  readonly growth?: number;
  readonly answer?: string;
}

/** Runs a slice in a worker. A worker that is stuck is ended, and the input that it had is one of the problems. */
export async function runSlice(slice: Omit<Slice, "shared">): Promise<SliceResult> {
  const shared = new SharedArrayBuffer(8 + mostRepeatedBytes);
  const head = new Int32Array(shared, 0, 2);
  const current = () => new Uint8Array(shared, 8, Math.min(Atomics.load(head, 1), mostRepeatedBytes)).slice();
  const problems: SliceResult["problems"][number][] = [];
  let batches = 0;
  const said: { growth?: number; answer?: string } = {};
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: { ...slice, shared } satisfies Slice,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<"ended">();
  worker.on("message", (report: Report) => {
    if (report.kind === "batch") batches += 1;
    else if (report.kind === "heap") said.growth = report.growth;
    else if (report.kind === "problem") problems.push({ input: report.input, problem: report.problem });
    else {
      if (report.problem !== undefined) problems.push({ input: current(), problem: report.problem });
      if (report.answer !== undefined) said.answer = report.answer;
    }
  });
  worker.on("error", (error) => {
    const message = `outside of the parser's own call: ${error.message}`;
    problems.push({
      input: current(),
      problem: { kind: "crash", message, key: `worker ${error.message.slice(0, 40)}` },
    });
  });
  worker.on("exit", () => end("ended"));
  let last = Atomics.load(head, 0);
  let since = performance.now();
  while ((await Promise.race([ended, sleep(200, "waiting" as const)])) === "waiting") {
    const now = Atomics.load(head, 0);
    if (now !== last || now === 0) [last, since] = [now, performance.now()];
    if (performance.now() - since < hangMs) continue;
    await worker.terminate();
    const message = `did not end within ${hangMs / 1000} s`;
    problems.push({ input: current(), problem: { kind: "hang", message, key: "hang" } });
    return { batches, problems };
  }
  if (said.growth === undefined && said.answer === undefined && problems.length === 0) {
    const message = "never answers: the worker ended while the parser still waited";
    problems.push({ input: current(), problem: { kind: "hang", message, key: "never answers" } });
  }
  return { batches, problems, ...said };
}

/** Reads one input in a worker. */
export async function judgeApart(target: string, input: Uint8Array): Promise<SliceResult> {
  return runSlice({
    ...{ target, input, seed: 0, firstBatch: 0, lastBatch: 0, batchSize: 0, milliseconds: 0, knownProblems: [] },
  });
}

/** A smaller input that does not end either. */
export function minimizedHang(target: string, input: Uint8Array): Promise<Uint8Array> {
  const hangs = async (smaller: Uint8Array) => {
    const { problems } = await judgeApart(target, smaller);
    return problems.some(({ problem }) => problem.kind === "hang");
  };
  return minimized(input, hangs, 30);
}
