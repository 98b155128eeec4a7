// `npm run differ`: both programs on the same inputs; every difference is a row of docs/differences.md, or a defect.
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { allCases } from "./cases/index.ts";
import { compare } from "./compare.ts";
import { readRows } from "./explain/rows.ts";
import { explain } from "./explain/rule.ts";
import { rules } from "./explain/rules.ts";
import { makeNodeTrees, type NodeTrees } from "./node-trees.ts";
import { findPrograms } from "./programs.ts";
import { details, type Judged, report, writeDetails } from "./report.ts";
import { runCase } from "./run-case.ts";
import { Stage, stageLacks } from "./stage/stage.ts";
import { World } from "./world/world.ts";

const stageCount = 2;

const { values } = parseArgs({
  allowPositionals: false,
  options: {
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    show: { type: "string" },
    times: { type: "boolean", default: false },
    details: { type: "string", default: join(tmpdir(), "kubeadm-differ") },
  },
});

async function main(): Promise<number> {
  const lacks = stageLacks();
  if (lacks !== undefined) {
    console.log(`skipped: both programs can be run side by side only with ${lacks}`);
    return 0;
  }
  const programs = await findPrograms();
  if (programs === undefined) {
    console.log("skipped: upstream's program is not there, and there is no Go to build it with");
    return 0;
  }
  const seed = Number(values.seed);
  const pattern = values.show ?? values.only;
  const cases = allCases(seed).filter(({ name }) => pattern === undefined || name.includes(pattern));
  console.log(`${cases.length} cases, seed ${seed}`);
  await using stack = new AsyncDisposableStack();
  const started = performance.now();
  const stages = await Promise.all(Array.from({ length: stageCount }, () => Stage.open(programs)));
  for (const stage of stages) stack.use(stage);
  const [first] = stages;
  const trees: NodeTrees = first === undefined ? new Map() : await makeNodeTrees(first);
  const queue = cases.values();
  const judged = new Map<string, Judged>();
  await Promise.all(
    stages.map(async (stage) => {
      const world = stack.use(new World(stage));
      for (const input of queue) {
        const tree = input.tree === undefined ? {} : trees.get(input.tree);
        if (tree === undefined) throw new Error(`${input.name}: there is no tree ${input.tree}`);
        const pair = await runCase({ stage, world }, input, tree);
        judged.set(input.name, { pair, explanation: explain(pair, rules) });
      }
    }),
  );
  const inOrder = cases.flatMap(({ name }) => judged.get(name) ?? []);
  if (values.show !== undefined) {
    for (const one of inOrder) {
      console.log(
        details({ ...one, explanation: { ...one.explanation, rest: compare(one.pair.ours, one.pair.upstream) } }),
      );
    }
  }
  const directory = resolve(values.details);
  mkdirSync(directory, { recursive: true });
  writeDetails(inOrder, directory);
  if (values.times) printSlowest(inOrder);
  const isGood = report(inOrder, readRows(), pattern !== undefined);
  console.log(
    `seed ${seed}, ${((performance.now() - started) / 1000).toFixed(0)} s${isGood ? "" : `; details in ${directory}`}`,
  );
  return isGood ? 0 : 1;
}

function printSlowest(judged: readonly Judged[]): void {
  const total = (pair: Judged["pair"]) => pair.took.ours + pair.took.upstream;
  const slowest = judged.map(({ pair }) => pair).toSorted((a, b) => total(b) - total(a));
  for (const { input, took } of slowest.slice(0, 30)) {
    console.log(
      `${took.ours.toFixed(0).padStart(6)} ms, upstream ${took.upstream.toFixed(0).padStart(6)} ms: ${input.name}`,
    );
  }
}

process.exitCode = await main();
