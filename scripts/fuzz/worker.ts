// Reads inputs in a thread of its own, which can be ended: an input that never ends is still in the shared memory then.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";
import { corpusInputs, keep } from "./corpus.ts";
import { mostRepeatedBytes } from "./mutate.ts";
import { judge, minimized, runBatch } from "./run-inputs.ts";
import { targetNamed } from "./targets/index.ts";
import type { Report, Slice } from "./worker-messages.ts";

const slice = workerData as Slice;
const target = targetNamed(slice.target);
/** A counter of inputs, the length of the current one, and its bytes. */
const head = new Int32Array(slice.shared, 0, 2);
const bytes = new Uint8Array(slice.shared, 8);

function before(input: Uint8Array): void {
  bytes.set(input.subarray(0, mostRepeatedBytes));
  Atomics.store(head, 1, input.length);
  Atomics.add(head, 0, 1);
}

function report(message: Report): void {
  parentPort?.postMessage(message);
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What is registered to be cleaned up is so only between turns of the event loop, which most parsers do not need. */
async function heapBytes(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().heapUsed;
}

async function main(): Promise<void> {
  if (slice.input !== undefined) {
    before(slice.input);
    const judged = await judge(target, slice.input);
    report({ kind: "judged", ...("problem" in judged ? { problem: judged.problem } : { answer: judged.answer }) });
    return;
  }
  const known = new Set<string>();
  const seen = new Set(slice.knownProblems);
  const deadline = performance.now() + slice.milliseconds;
  const corpus = corpusInputs(target.name);
  // What the corpus gets is not new. A first batch also loads and warms up everything.
  for (const input of corpus) {
    before(input);
    const judged = await judge(target, input);
    if ("answer" in judged) known.add(judged.answer);
  }
  let heapBefore: number | undefined;
  for (let batch = slice.firstBatch; batch < slice.lastBatch && performance.now() < deadline; batch++) {
    await runBatch({
      target,
      seed: slice.seed + batch,
      count: slice.batchSize,
      corpus,
      before,
      known,
      onNewAnswer: (input) => keep(target.name, input),
      onProblem: async (input, problem) => {
        if (seen.has(problem.key)) return;
        seen.add(problem.key);
        const shows = async (smaller: Uint8Array) => {
          before(smaller);
          const judged = await judge(target, smaller);
          return "problem" in judged && judged.problem.key === problem.key;
        };
        // Each attempt at a slow one takes its time.
        const smallest = await minimized(input, shows, problem.kind === "slow" ? 40 : undefined);
        report({ kind: "problem", input: smallest, problem });
      },
    });
    report({ kind: "batch" });
    heapBefore ??= await heapBytes();
  }
  report({ kind: "heap", growth: (await heapBytes()) - (heapBefore ?? (await heapBytes())) });
}

await main();
