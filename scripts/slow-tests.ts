// `npm run test:slow`: which files and tests of the last run of `npm test` or CI took longest. `--top N` shows more of them.
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { readReport, type SuiteReport } from "./test/reports.ts";
import { groups } from "./test/steps.ts";

interface Timed {
  readonly name: string;
  readonly seconds: number;
}

const { values } = parseArgs({ options: { top: { type: "string", default: "25" } } });

function main(): number {
  const steps = Object.values(groups).flat();
  const suites = steps.flatMap(({ name }) => readReport(name)?.testResults ?? []);
  if (suites.length === 0) {
    console.error("There is no report of a run: npm test");
    return 1;
  }
  print("files", suites.map(timeOfFile));
  print("tests", suites.flatMap(timesOfTests));
  return 0;
}

function timeOfFile({ name, startTime = 0, endTime = 0 }: SuiteReport): Timed {
  return { name: relative(process.cwd(), name), seconds: (endTime - startTime) / 1000 };
}

function timesOfTests({ name, assertionResults }: SuiteReport): readonly Timed[] {
  const file = relative(process.cwd(), name);
  return assertionResults.map(({ fullName, duration }) => ({
    name: `${file}: ${fullName}`,
    seconds: (duration ?? 0) / 1000,
  }));
}

function print(what: string, times: readonly Timed[]): void {
  const slowest = times.toSorted((left, right) => right.seconds - left.seconds).slice(0, Number(values.top));
  console.log(`\nThe slowest of ${times.length} ${what}:`);
  for (const { name, seconds } of slowest) console.log(`${seconds.toFixed(1).padStart(7)} s  ${name}`);
}

process.exitCode = main();
