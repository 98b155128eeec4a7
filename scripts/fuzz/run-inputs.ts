import { Random } from "../../test/support/random.ts";
import { mutated } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

/** What a parser did that it must not do. */
export interface Problem {
  /** "crash", "slow", "hang" */
  readonly kind: string;
  readonly message: string;
  /** The same for inputs that show the same defect. */
  readonly key: string;
}

/** Milliseconds of CPU time for one input, the quickest of three attempts: what else the machine does does not count. */
const slowMs = 500;

/** Reads one input; returns what is wrong, or the kind of the answer. */
export async function judge(
  target: Pick<FuzzTarget, "read">,
  input: Uint8Array,
): Promise<{ readonly problem: Problem } | { readonly answer: string }> {
  let quickest = Number.POSITIVE_INFINITY;
  let answer = "";
  for (let attempt = 0; attempt < 3; attempt++) {
    const started = process.threadCpuUsage();
    try {
      // Most parsers answer immediately: an await for each of them would be half of the time.
      const given = target.read(input);
      answer = typeof given === "string" ? given : await given;
    } catch (error) {
      return { problem: problemOf(error) };
    }
    const { user, system } = process.threadCpuUsage(started);
    quickest = Math.min(quickest, (user + system) / 1_000);
    if (quickest < slowMs) return { answer };
  }
  const message = `takes ${Math.round(quickest)} ms for ${input.length} bytes`;
  return { problem: { kind: "slow", message, key: "slow" } };
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof Error)) return { kind: "crash", message: String(error), key: "no error" };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const own = frames.find((line) => line.includes("/src/")) ?? frames[0] ?? "";
  const place = own.replace(/^.*?([^/]+\/[^/]+\.[tj]s):(\d+):\d+.*$/, "$1:$2").trim();
  // A stack that overflows does so anywhere.
  const isOverflow = error instanceof RangeError && error.message.includes("call stack");
  const key = isOverflow
    ? "stack overflow"
    : `${error.name} ${place} ${error.message.replace(/[^a-z ]+/gi, "").slice(0, 24)}`;
  return { kind: "crash", message: `${error.name}: ${error.message.slice(0, 500)} (${place})`, key };
}

export interface Batch {
  readonly target: FuzzTarget;
  readonly seed: number;
  readonly count: number;
  /** Added to the target's own samples. */
  readonly corpus: readonly Uint8Array[];
  /** Called before each input. */
  readonly before?: (input: Uint8Array) => void;
  readonly onProblem: (input: Uint8Array, problem: Problem) => Promise<void> | void;
  /** Called for the first input that gets an answer of a new kind. */
  readonly onNewAnswer?: (input: Uint8Array, answer: string) => void;
  /** Kinds of answers that earlier batches got. */
  readonly known?: Set<string>;
}

/** The same inputs for the same seed and corpus. */
export async function runBatch(batch: Batch): Promise<void> {
  const { target, seed, count, corpus, before, onProblem, onNewAnswer, known = new Set<string>() } = batch;
  const random = new Random(seed);
  const samples = [...target.samples(), ...corpus];
  const { words } = target;
  for (let left = count; left > 0; left--) {
    const input = mutated({ random, samples, words });
    before?.(input);
    const judged = await judge(target, input);
    if ("problem" in judged) await onProblem(input, judged.problem);
    else if (!known.has(judged.answer)) {
      known.add(judged.answer);
      onNewAnswer?.(input, judged.answer);
    }
  }
}

/** The smallest input that a few hundred attempts find for which `shows` is still true. */
export async function minimized(
  input: Uint8Array,
  shows: (input: Uint8Array) => Promise<boolean>,
  mostAttempts = 400,
): Promise<Uint8Array> {
  let smallest = input;
  let attempts = 0;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length && attempts < mostAttempts; ) {
      const without = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      attempts += 1;
      if (await shows(without)) smallest = without;
      else at += size;
    }
  }
  return smallest;
}
