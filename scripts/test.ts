// `npm test` and CI: runs checks, builds and suites, in parallel where that is possible, and prints one plain closing line
// of totals. `--goal MINUTES` is how long the run should take on two quiet processors.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { BuildError } from "./build-error.ts";
import { guardMachine } from "./guard-machine.ts";
import { holdNodePorts } from "./hold-ports.ts";
import { architectureHere } from "./pinned-bun.ts";
import { startResult } from "./results/result.ts";
import { type Count, countOf, linesOfSkipped, newReportFile } from "./test/reports.ts";
import { runProgram } from "./test/run-program.ts";
import { runSteps } from "./test/run-steps.ts";
import type { Step } from "./test/step.ts";
import { groups } from "./test/steps.ts";

interface Result {
  readonly name: string;
  readonly count: Count;
  readonly seconds: number;
}

const secondsSince = (started: number) => (performance.now() - started) / 1000;

async function main(): Promise<number> {
  const { values, positionals: names } = parseArgs({ options: { goal: { type: "string" } }, allowPositionals: true });
  const unknown = names.filter((name) => !(name in groups));
  if (names.length === 0 || unknown.length > 0) {
    console.error(`usage: node scripts/test.ts [--goal MINUTES] GROUP...   groups: ${Object.keys(groups).join(" ")}`);
    return 2;
  }
  if (names.some((name) => name !== "checks")) architectureHere();
  const steps = Object.entries(groups).flatMap(([name, group]): readonly Step[] => (names.includes(name) ? group : []));
  const started = performance.now();
  const writeResult = startResult({ name: "ci", command: ".ci/run" });
  const results = await runSteps(steps, availableParallelism(), run);
  if (Object.keys(groups).every((name) => names.includes(name))) writeResult(resultOf(results));
  return report(results, secondsSince(started), values.goal);
}

function resultOf(results: readonly Result[]) {
  const figures = results.map(({ name, count: { passed, failed }, seconds }) => ({
    what: name,
    value: `${passed} passed${failed === 0 ? "" : `, ${failed} failed`} in ${Math.round(seconds)} s`,
    goal: "none failed",
    holds: failed === 0,
  }));
  const skipped = linesOfSkipped(results.flatMap(({ count }) => count.skipped));
  return { figures, skipped: skipped.map((line) => ({ what: "tests", why: line.replace(/^skipped +/, "") })) };
}

async function run(step: Step): Promise<Result> {
  const { name } = step;
  const started = performance.now();
  console.log(`== ${name}`);
  const code = await guarded(step);
  const seconds = secondsSince(started);
  console.log(`== ${name}: ${code === 0 ? "ok" : "FAILED"} after ${seconds.toFixed(1)} s`);
  return { name, count: countOf(step, code), seconds };
}

/** Returns the exit status of the step, or that of a failure where it has touched what it must leave alone. */
async function guarded({ name, argv, counting, holdsNodePorts, leavesMachineAlone }: Step): Promise<number> {
  const [program, ...args] = argv;
  await using _ports = holdsNodePorts === true ? await holdNodePorts() : undefined;
  const guard = leavesMachineAlone === true ? guardMachine() : undefined;
  const code = await runProgram(name, program, [...args, ...(counting?.(newReportFile(name)) ?? [])]);
  const touched = guard?.end() ?? [];
  for (const sentence of touched) console.error(`${name} | FAILED: ${sentence}`);
  return touched.length === 0 ? code : 1;
}

function report(results: readonly Result[], seconds: number, goal: string | undefined): number {
  console.log("");
  for (const { name, count, seconds } of results) {
    const verdict = count.failed === 0 ? "ok    " : "FAILED";
    console.log(
      `${verdict} ${name.padEnd(46)} ${String(count.passed).padStart(5)} passed ${seconds.toFixed(1).padStart(7)} s`,
    );
  }
  const total = (key: "passed" | "failed") => results.reduce((sum, { count }) => sum + count[key], 0);
  const skipped = results.flatMap(({ count }) => count.skipped);
  for (const line of linesOfSkipped(skipped)) console.log(line);
  for (const { name, count } of results)
    for (const failure of count.failures) console.log(`failed   ${name}: ${failure}`);
  const aim = goal === undefined ? "" : `; the goal is ${goal} minutes on two quiet processors`;
  console.log(`\n${(seconds / 60).toFixed(1)} minutes${aim}. What was slow: npm run test:slow`);
  console.log(`${total("passed")} passed, ${total("failed")} failed, ${skipped.length} skipped`);
  return total("failed") === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`test: ${error.message}. \`node scripts/test.ts checks\` works here.`);
  process.exitCode = 1;
}
