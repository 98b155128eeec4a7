// `npm run attack`: every attack of test/attack against the compiled program, and a table of those tried and those won.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Fewer attacks than this mean that a part of the suite did not run. */
const fewestAttacks = 80;

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

function main(args: readonly string[]): number {
  const directory = mkdtempSync(join(tmpdir(), "kubeadm-attack-"));
  try {
    const file = join(directory, "report.json");
    const { status } = spawnSync(
      "vitest",
      ["run", "test/attack", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...args],
      { stdio: "inherit" },
    );
    return printTable(JSON.parse(readFileSync(file, "utf8")) as Report, args.length > 0) && status === 0 ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Returns whether enough was tried and nothing was won. */
function printTable({ testResults }: Report, isSelection: boolean): boolean {
  const attacks = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .map(({ ancestorTitles, title, status }) => ({ attacker: ancestorTitles[0] ?? "", title, status }));
  const tried = attacks.filter(({ status }) => status === "passed" || status === "failed");
  const won = tried.filter(({ status }) => status === "failed");
  const width = Math.max(...attacks.map(({ attacker }) => attacker.length), "attacker".length);
  console.log(`\n${"attacker".padEnd(width)}  tried  won`);
  for (const attacker of new Set(attacks.map((attack) => attack.attacker))) {
    const count = (all: typeof attacks) => all.filter((attack) => attack.attacker === attacker).length;
    console.log(`${attacker.padEnd(width)}  ${String(count(tried)).padStart(5)}  ${String(count(won)).padStart(3)}`);
  }
  console.log(`${"all".padEnd(width)}  ${String(tried.length).padStart(5)}  ${String(won.length).padStart(3)}`);
  for (const { attacker, title } of won) console.log(`won: ${attacker} ${title}`);
  const isEnough = isSelection || tried.length >= fewestAttacks;
  if (!isEnough) console.log(`only ${tried.length} attacks were tried, of at least ${fewestAttacks}`);
  return isEnough && won.length === 0;
}

process.exitCode = main(process.argv.slice(2));
