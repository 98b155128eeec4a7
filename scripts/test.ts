// `npm test` and CI: runs every check and suite in turn, reports each as it ends, and prints one plain closing line of
// totals.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { openRunDirectory } from "../test/support/temporary/run-directory.ts";
import { guardMachine } from "./guard-machine.ts";
import { holdNodePorts } from "./hold-ports.ts";

interface Step {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /**
   * Returns the arguments that make the step write the counts of its tests, in vitest's JSON format; any other step
   * counts as one test.
   */
  readonly counting?: (file: string) => readonly string[];
  /** Runs while the ports of a Kubernetes node are taken: no test may depend on them. */
  readonly holdsNodePorts?: boolean;
  /** Fails if it changes this machine's own Kubernetes directories. */
  readonly leavesMachineAlone?: boolean;
}

const vitest = (name: string, ...args: readonly string[]): Step => ({
  name,
  argv: ["vitest", "run", ...args],
  counting: (file) => ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`],
});

const groups = {
  checks: [
    { name: "format and lint", argv: ["biome", "check", "."] },
    { name: "types", argv: ["tsc", "--noEmit"] },
    { name: "import rule", argv: ["depcruise", "--config", ".dependency-cruiser.cjs", "bin", "src"] },
    { name: "hashes in the lockfile", argv: ["node", "scripts/check-lockfile.ts"] },
    { name: "dead code", argv: ["knip"] },
    { name: "generated docs", argv: ["node", "scripts/docs.ts", "--check"] },
    { name: "picture of the architecture", argv: ["node", "scripts/architecture.ts", "--check"] },
  ],
  build: [{ name: "build", argv: ["node", "scripts/build.ts"] }],
  suites: [{ ...vitest("unit, contract, script and embedded tests"), holdsNodePorts: true, leavesMachineAlone: true }],
  differ: [
    {
      name: "differences from upstream",
      argv: ["node", "test/differ/main.ts"],
      counting: (file) => ["--counts", file],
    },
  ],
  kubernetes: [vitest("tests on real Kubernetes", "--config", "vitest.kubernetes.config.ts")],
} as const satisfies Record<string, readonly Step[]>;

interface Count {
  readonly passed: number;
  readonly failed: number;
  /** Whole names of the tests that failed, each with its file; what the step printed says why. */
  readonly failures: readonly string[];
  /** Whole names of tests; "[needs X]" in one says why it was skipped. */
  readonly skipped: readonly string[];
}

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !(name in groups));
  if (names.length === 0 || unknown.length > 0) {
    console.error(`usage: node scripts/test.ts GROUP...   groups: ${Object.keys(groups).join(" ")}`);
    return 2;
  }
  await using directory = await openRunDirectory();
  const steps = names.flatMap((name): readonly Step[] => groups[name as keyof typeof groups]);
  const results: { readonly name: string; readonly count: Count; readonly seconds: number }[] = [];
  for (const [index, step] of steps.entries()) {
    const started = performance.now();
    console.log(`\n== ${step.name}`);
    const count = await runStep(step, join(directory.path, `${index}.json`));
    results.push({ name: step.name, count, seconds: (performance.now() - started) / 1000 });
  }
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
  console.log(`\n${total("passed")} passed, ${total("failed")} failed, ${skipped.length} skipped`);
  return total("failed") === 0 ? 0 : 1;
}

async function runStep(step: Step, reportFile: string): Promise<Count> {
  const [program, ...args] = step.argv;
  const ports = step.holdsNodePorts === true ? await holdNodePorts() : undefined;
  const guard = step.leavesMachineAlone === true ? guardMachine() : undefined;
  const status = await run(program, [...args, ...(step.counting?.(reportFile) ?? [])]);
  const touched = guard?.end() ?? [];
  for (const sentence of touched) console.error(`FAILED: ${sentence}`);
  const code = touched.length === 0 ? status : 1;
  await ports?.[Symbol.asyncDispose]();
  if (step.counting === undefined) {
    const failed = code === 0 ? 0 : 1;
    return { passed: 1 - failed, failed, failures: [], skipped: [] };
  }
  const { numPassedTests, numFailedTests, testResults } = readReport(reportFile);
  const skipped = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "skipped" || status === "pending")
    .map(({ fullName }) => fullName);
  // A suite that could not be loaded has no failed tests, only a non-zero exit status.
  const failed = Math.max(numFailedTests, code === 0 ? 0 : 1);
  return { passed: numPassedTests, failed, failures: testResults.flatMap(failuresOf), skipped };
}

/** Returns the names of the failed tests of a file; the file's own name if something outside of its tests failed. */
function failuresOf({ name, status, assertionResults }: SuiteReport): readonly string[] {
  const file = relative(process.cwd(), name);
  const failed = assertionResults.filter((each) => each.status === "failed");
  if (failed.length === 0) return status === "failed" ? [file] : [];
  return failed.map(({ fullName }) => `${file}: ${fullName}`);
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly SuiteReport[];
}

interface SuiteReport {
  /** Path of the file. */
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
}

function readReport(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, testResults: [] };
  }
}

/** Returns what was skipped, by what it needs: mostly the name of a Debian package. */
function linesOfSkipped(names: readonly string[]): readonly string[] {
  const reasons = names.map((name) => {
    const needed = /\[needs ([^\]]+)\]/.exec(name)?.[1];
    if (needed !== undefined) return `need ${needed}`;
    return name.includes("[not for this adapter: ") ? "are not for the adapter that is tested" : `skipped: ${name}`;
  });
  return [...new Set(reasons)]
    .sort()
    .map((reason) => `skipped ${String(reasons.filter((other) => other === reason).length).padStart(3)}: ${reason}`);
}

function run(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

process.exitCode = await main(process.argv.slice(2));
