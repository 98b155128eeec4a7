// `npm run differ`: both programs on the same inputs; every difference is a row of docs/differences.md, or a defect.
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { startResult } from "../../scripts/results/result.ts";
import type { DifferCase } from "./case.ts";
import { allCases } from "./cases/index.ts";
import { compare } from "./compare.ts";
import { readRows } from "./explain/rows.ts";
import { explain } from "./explain/rule.ts";
import { rules } from "./explain/rules.ts";
import { initConfiguration } from "./node-trees.ts";
import { asOf, caseOf, writtenFor } from "./of-release.ts";
import { onStages } from "./on-stages.ts";
import { findPrograms } from "./programs.ts";
import { details, type Judged, report, resultOf, writeCounts, writeDetails } from "./report.ts";
import { type Pair, runCase } from "./run-case.ts";
import { stageLacks } from "./stage/stage.ts";
import { againWithUpstream } from "./varying-upstream.ts";

const help = `Usage: npm run differ [-- OPTIONS]

Runs this program and upstream's with the same command lines, files and servers, and compares all that they do. Fails if a
difference has no row in docs/differences.md. Needs root and the lab's parts.

  --only TEXT    Only the cases whose name contains it
  --part N/M     Only every Mth case, from the Nth
  --show TEXT    Also print what both programs did in these cases
  --release R    Both as of this release: 1.38.0-beta.0 (default ${writtenFor})
  --seed N       Other random cases (default 1)
  --times        Print the slowest cases
  --details DIR  Where to write the differences that are not explained (default a directory in ${tmpdir()})
  --record FILE  Write down what both programs did
  --replay FILE  Explain that again, without running anything
  --help         Show this.
`;

const { values } = parseArgs({
  allowPositionals: false,
  options: {
    release: { type: "string", default: writtenFor },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    part: { type: "string", default: "1/1" },
    show: { type: "string" },
    record: { type: "string" },
    replay: { type: "string" },
    counts: { type: "string" },
    times: { type: "boolean", default: false },
    details: { type: "string", default: join(tmpdir(), "kubeadm-differ") },
    help: { type: "boolean", default: false },
  },
});

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const started = performance.now();
  const release = values.release === writtenFor ? "" : values.release;
  const writeResult = startResult({
    name: ["differ", release].filter(Boolean).join("-"),
    command: ["npm run differ", release].filter(Boolean).join(" -- --release "),
    seed: Number(values.seed),
  });
  const pattern = values.show ?? values.only;
  const isWanted = ({ name }: DifferCase) => pattern === undefined || name.includes(pattern);
  const judged =
    values.replay === undefined
      ? await judgeAll(casesOf(values.release).filter(isWanted))
      : replayed(values.replay)
          .filter(({ input }) => isWanted(input))
          .map(judge);
  if (judged === undefined) return 0;
  const pairs = judged.map(({ pair }) => pair);
  if (values.record !== undefined) writeFileSync(values.record, JSON.stringify(pairs));
  if (values.show !== undefined)
    for (const { pair } of judged) console.log(details(pair, compare(pair.ours, pair.upstream)));
  const directory = resolve(values.details);
  writeDetails(judged, directory);
  if (values.times) printSlowest(pairs);
  // Another release may do as this program does where the one that the rows are about does not.
  const isSelection = pattern !== undefined || values.part !== "1/1" || values.release !== writtenFor;
  const verdict = report(judged, readRows(), isSelection);
  if (!isSelection && values.replay === undefined) writeResult(resultOf(judged, verdict));
  if (values.counts !== undefined) writeCounts(values.counts, verdict);
  const isGood = verdict.failures.length === 0;
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`seed ${values.seed}, ${seconds} s${isGood ? "" : `; details in ${directory}`}`);
  return isGood ? 0 : 1;
}

function casesOf(release: string): readonly DifferCase[] {
  const [first = 1, every = 1] = values.part.split("/").map(Number);
  const minor = Number(release.split(".")[1]);
  const cases = allCases(Number(values.seed))
    .filter(({ since = 0 }) => minor >= since)
    .filter((_, index) => index % every === first - 1);
  return release === writtenFor ? cases : cases.map((each) => caseOf(each, release));
}

function replayed(file: string): readonly Pair[] {
  return JSON.parse(readFileSync(file, "utf8")) as readonly Pair[];
}

const judge = (pair: Pair): Judged => ({ pair, explanation: explain(pair, rules) });

/** Undefined, with a word why, where this machine cannot do it. */
async function judgeAll(cases: readonly DifferCase[]): Promise<readonly Judged[] | undefined> {
  const lacks = stageLacks();
  const programs = lacks === undefined ? await findPrograms(values.release) : undefined;
  if (programs === undefined) {
    const needed = lacks ?? "Go";
    console.log(`skipped: running both programs in parallel needs ${needed}`);
    if (values.counts !== undefined) writeCounts(values.counts, { explained: 0, failures: [] }, needed);
    return undefined;
  }
  console.log(`${cases.length} cases, seed ${values.seed}`);
  const options = { programs, configuration: asOf(initConfiguration, values.release) };
  return againWithUpstream((await onStages(cases, options, runCase)).map(judge), options);
}

function printSlowest(pairs: readonly Pair[]): void {
  const total = ({ took }: Pair) => took.ours + took.upstream;
  for (const { input, took } of pairs.toSorted((a, b) => total(b) - total(a)).slice(0, 30)) {
    console.log(
      `${took.ours.toFixed(0).padStart(6)} ms, upstream ${took.upstream.toFixed(0).padStart(6)} ms: ${input.name}`,
    );
  }
}

process.exitCode = await main();
