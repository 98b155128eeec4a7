// `npm run test:repeat`: runs the tests repeatedly, and names those that do not always pass. A test that fails by
// chance is a defect.
import { type ChildProcess, spawn } from "node:child_process";
import { loadavg } from "node:os";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { groups } from "./test/steps.ts";

const help = `Usage: npm run test:repeat -- [--rounds N] [--load N] [GROUP…]

Runs the tests several times, and prints which of them failed how often. What it runs is built first.

  --rounds N   How many times (default 20)
  --load N     Keep N more processors busy meanwhile (default 0)
  --help       Show this.

Groups: ${Object.keys(groups).join(", ")} (default: suites, thorough)
`;

interface Round {
  /** "3455 passed, 1 failed, 28 skipped" */
  readonly totals: string;
  /** The tests that failed, with the beginning of why. */
  readonly failures: readonly string[];
  readonly status: number;
}

/** Runs the groups once, without showing what they print. */
async function runGroups(names: readonly string[]): Promise<Round> {
  const child = spawn(process.execPath, ["scripts/test.ts", ...names], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
  let totals = "no totals";
  const failures: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (/^\d+ passed, \d+ failed/.test(line)) totals = line;
    else if (line.startsWith("failed   ")) failures.push(line.slice("failed   ".length));
    else if (line.startsWith("         | ")) failures.push(`${failures.pop() ?? ""}\n${line}`);
  }
  return { totals, failures, status: await ended };
}

/** Programs that only compute. */
function busy(count: number): Disposable {
  const children = Array.from(
    { length: count },
    (): ChildProcess => spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }),
  );
  return {
    [Symbol.dispose]: () => {
      for (const child of children) child.kill("SIGKILL");
    },
  };
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      rounds: { type: "string", default: "20" },
      load: { type: "string", default: "0" },
      help: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const [rounds, load] = [Number(values.rounds), Number(values.load)];
  const unknown = positionals.filter((name) => !(name in groups));
  if (values.help || unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(load)) {
    (values.help ? process.stdout : process.stderr).write(help);
    return values.help ? 0 : 2;
  }
  const names = positionals.length > 0 ? positionals : ["suites", "thorough"];
  if ((await runGroups(["build"])).status !== 0) return 1;
  using _load = busy(load);
  const counts = new Map<string, number>();
  for (let round = 1; round <= rounds; round++) {
    const started = performance.now();
    const { totals, failures: named, status } = await runGroups(names);
    const failures = named.length === 0 && status !== 0 ? ["the run itself"] : named;
    const minutes = ((performance.now() - started) / 60_000).toFixed(1);
    const now = (loadavg()[0] ?? 0).toFixed(1);
    console.log(`round ${round} of ${rounds}: ${totals} in ${minutes} minutes, load ${now} at its end`);
    for (const failure of failures) {
      console.log(failure);
      const [name = ""] = failure.split("\n");
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  for (const [name, count] of counts) console.log(`failed in ${count} of ${rounds} rounds: ${name}`);
  console.log(counts.size === 0 ? `Every test passed in each of ${rounds} rounds.` : `${counts.size} tests can fail.`);
  return counts.size === 0 ? 0 : 1;
}

process.exitCode = await main();
