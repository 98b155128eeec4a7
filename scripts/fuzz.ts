// `npm run fuzz`: gives every parser of outside data inputs that are nearly valid, for as long as it may, and continues where
// it stopped. `npm run fuzz:properties` is the other kind: it repeats the tests that know what the right answer is, with values
// that are made for them; here, inputs are changed samples, and all that is known is what must not happen.
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { keepFailure, workDirectory } from "./fuzz/corpus.ts";
import { judgeApart, minimizedHang, runSlice } from "./fuzz/run-worker.ts";
import { fuzzTargets } from "./fuzz/targets/index.ts";
import { allHold, type Figure, startResult } from "./results/result.ts";

const help = `Usage: npm run fuzz -- [--target NAME …] [--count N] [--minutes N] [--seed N] [--restart]
       npm run fuzz -- --repeat FILE

Gives the parsers of outside data inputs that are nearly valid: samples with changed bytes, words and lines. A parser may
refuse them with its own error. It must not throw another one, take long, grow, or read what it wrote differently. What fails
is written to a file, as short as possible, with the command that repeats it.

  --target NAME  Only this parser; may be given several times
  --count N      Inputs for each parser, those of earlier runs included (default 10000000)
  --minutes N    Stop after this time; the next run continues
  --seed N       Seed of a run from the beginning (default: a new one, printed)
  --restart      Forget earlier runs
  --repeat FILE  Only this input, whose directory has the parser's name
  --help         Show this.

Parsers: ${fuzzTargets.map(({ name }) => name).join(", ")}
`;

const batchSize = 5_000;
/** One parser at a time for so long, so that a short run reaches all of them. */
const sliceMs = 20_000;
/** What a slice may leave on the heap: more is growth. */
const mostGrowthBytes = 32 * 1024 * 1024;

interface Progress {
  batches: number;
  seconds: number;
  /** Keys of the problems, each with the file of its input. */
  readonly problems: Record<string, string>;
  growthBytes: number;
}

interface State {
  readonly seed: number;
  readonly targets: Record<string, Progress>;
}

const statePath = join(workDirectory, "state.json");

function readState(seed: string | undefined, isRestart: boolean): State {
  if (existsSync(statePath) && !isRestart && seed === undefined) {
    return JSON.parse(readFileSync(statePath, "utf8")) as State;
  }
  return { seed: seed === undefined ? randomInt(2 ** 31) : Number(seed), targets: {} };
}

function writeState(state: State): void {
  mkdirSync(workDirectory, { recursive: true });
  writeFileSync(`${statePath}.new`, JSON.stringify(state, null, 2));
  renameSync(`${statePath}.new`, statePath);
}

/** Runs one slice of a target and adds what it brought. */
async function advance(state: State, name: string, batches: number, milliseconds: number): Promise<void> {
  state.targets[name] ??= { batches: 0, seconds: 0, problems: {}, growthBytes: 0 };
  const progress = state.targets[name];
  const started = performance.now();
  const result = await runSlice({
    ...{ target: name, seed: state.seed, batchSize, milliseconds, knownProblems: Object.keys(progress.problems) },
    ...{ firstBatch: progress.batches, lastBatch: batches },
  });
  for (const { input, problem } of result.problems) {
    const smallest = problem.kind === "hang" ? await minimizedHang(name, input) : input;
    const path = relative(process.cwd(), keepFailure(name, smallest));
    progress.problems[problem.key] = path;
    console.log(`${name}: ${problem.kind}: ${problem.message}\n  npm run fuzz -- --repeat ${path}`);
  }
  if (result.growth !== undefined) progress.growthBytes = Math.max(progress.growthBytes, result.growth);
  progress.seconds += (performance.now() - started) / 1000;
  // A batch that never ends would be tried for ever.
  const isStuck = result.problems.some(({ problem }) => problem.kind === "hang") && result.batches === 0;
  progress.batches += result.batches + (isStuck ? 1 : 0);
}

function figuresOf(state: State, names: readonly string[]): readonly Figure[] {
  return names.flatMap((name): readonly Figure[] => {
    const { batches = 0, problems = {}, growthBytes = 0 } = state.targets[name] ?? {};
    const failures = Object.keys(problems).length;
    const growth = Math.max(0, Math.round(growthBytes / 1024 / 1024));
    return [
      { what: `${name}: inputs`, value: batches * batchSize },
      { what: `${name}: crashes, hangs and wrong answers`, value: failures, goal: "0", holds: failures === 0 },
      { what: `${name}: growth`, value: growth, unit: "MiB", goal: "≤ 32 MiB", holds: growthBytes <= mostGrowthBytes },
    ];
  });
}

async function repeat(path: string): Promise<number> {
  const target = basename(dirname(path));
  const { problems, answer } = await judgeApart(target, new Uint8Array(readFileSync(path)));
  for (const { problem } of problems) console.log(`${target}: ${problem.kind}: ${problem.message}`);
  if (problems.length === 0) console.log(`${target}: ${answer}`);
  return problems.length === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      target: { type: "string", multiple: true, default: [] },
      count: { type: "string", default: "10000000" },
      minutes: { type: "string" },
      seed: { type: "string" },
      restart: { type: "boolean", default: false },
      repeat: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const unknown = values.target.filter((name) => !fuzzTargets.some((target) => target.name === name));
  const numbers = [values.count, values.minutes ?? "1", values.seed ?? "1"];
  if (values.help || unknown.length > 0 || !numbers.every((text) => /^\d+(\.\d+)?$/.test(text))) {
    (values.help ? process.stdout : process.stderr).write(help);
    return values.help ? 0 : 2;
  }
  if (values.repeat !== undefined) return repeat(values.repeat);
  const names = fuzzTargets
    .map(({ name }) => name)
    .filter((name) => values.target.length === 0 || values.target.includes(name));
  const batches = Math.ceil(Number(values.count) / batchSize);
  const state = readState(values.seed, values.restart);
  console.log(`seed ${state.seed}; corpus, state and failures are in ${relative(process.cwd(), workDirectory)}`);
  const write = startResult({ name: "fuzz", command: "npm run fuzz", seed: state.seed });
  const deadline = performance.now() + Number(values.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  const waiting = () => names.filter((name) => (state.targets[name]?.batches ?? 0) < batches);
  for (let round = waiting(); round.length > 0 && performance.now() < deadline; round = waiting()) {
    for (const [index, name] of round.entries()) {
      const left = deadline - performance.now();
      if (left <= 0) break;
      await advance(state, name, batches, Math.min(sliceMs, left / (round.length - index)));
      writeState(state);
    }
  }
  const figures = figuresOf(state, names);
  const skipped = names.flatMap((name) => {
    const done = (state.targets[name]?.batches ?? 0) * batchSize;
    return done < batches * batchSize
      ? [{ what: `${name}: ${values.count} inputs`, why: `the time was over after ${done}` }]
      : [];
  });
  for (const { what, value, unit = "" } of figures) console.log(`${what}: ${value} ${unit}`.trim());
  console.log(`written to ${relative(process.cwd(), write({ figures, skipped }))}`);
  return allHold(figures) ? 0 : 1;
}

process.exitCode = await main();
