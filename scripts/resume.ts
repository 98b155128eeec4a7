// `npm run resume`: stops every workflow at each of its moments and lets each of its steps fail, runs the same command
// again, and prints a table of what converged. Takes hours. Arguments go to vitest, to select some; RESUME_MOMENTS=20
// tries that many moments and failures at random, RESUME_MOMENTS=1/4 every fourth one; RESUME_SEED says which.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { columns } from "../test/support/columns.ts";
import type { ResumeRow } from "../test/support/interruption/convergence-suite.ts";
import { openRunDirectory } from "../test/support/temporary/run-directory.ts";
import { startResult } from "./results/result.ts";

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly meta?: { readonly resume?: ResumeRow } }[];
  }[];
}

async function main(args: readonly string[]): Promise<number> {
  await using directory = await openRunDirectory();
  const file = join(directory.path, "report.json");
  const moments = process.env["RESUME_MOMENTS"];
  const command = `${moments === undefined ? "" : `RESUME_MOMENTS=${moments} `}npm run resume`;
  const writeResult = startResult({ name: "resume", command });
  const selected = args.some((arg) => arg.startsWith("test/")) ? args : ["test/resume", "test/upgrade", ...args];
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const { status } = spawnSync("vitest", ["run", ...selected, ...reporters], {
    stdio: "inherit",
    env: { RESUME_MOMENTS: "all", ...process.env },
  });
  if (!existsSync(file)) {
    console.error("the suites did not run");
    return 1;
  }
  const { testResults } = JSON.parse(readFileSync(file, "utf8")) as Report;
  const rows = testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap(({ meta }) => meta?.resume ?? []),
  );
  printTable(rows);
  if (args.length === 0) {
    const figures = rows.map(({ workflow, cause, tried, converged }) => ({
      what: `${workflow}, ${cause}`,
      value: `${converged} of ${tried} converged`,
      goal: "all",
      holds: converged === tried,
    }));
    writeResult({ figures, skipped: [] });
  }
  return status === 0 ? 0 : 1;
}

function printTable(rows: readonly ResumeRow[]): void {
  const cells = [
    ["workflow", "stopped by", "tried", "converged"],
    ...rows.map(({ workflow, cause, tried, converged }) => [workflow, cause, `${tried}`, `${converged}`]),
  ];
  console.log("");
  for (const line of columns(cells, 2)) console.log(line);
}

process.exitCode = await main(process.argv.slice(2));
