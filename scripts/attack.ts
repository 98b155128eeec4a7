// `npm run attack`: runs every attack of test/attack against the compiled program, and prints a table of those tried
// and those won. Arguments go to vitest, to select some: `npm run attack -- test/attack/registry.test.ts -t
// postinstall`.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { columns } from "../test/support/columns.ts";
import { openRunDirectory } from "../test/support/temporary/run-directory.ts";
import { reasonOfSkipped, startResult } from "./results/result.ts";

/** Fewer attacks than this mean that a part of the suite did not run. */
const fewestAttacks = 80;

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

interface Attack {
  readonly attacker: string;
  readonly aim: string;
  readonly name: string;
  /** "broken": the attack was not carried out, so its result means nothing. */
  readonly result: "held" | "won" | "broken" | "skipped";
  readonly told: string;
}

async function main(args: readonly string[]): Promise<number> {
  await using directory = await openRunDirectory();
  const file = join(directory.path, "report.json");
  const writeResult = startResult({ name: "attack", command: "npm run attack" });
  const selected = args.some((arg) => arg.startsWith("test/")) ? args : ["test/attack", ...args];
  const { status } = spawnSync(
    "vitest",
    ["run", ...selected, "--reporter=default", "--reporter=json", `--outputFile.json=${file}`],
    { stdio: "inherit" },
  );
  if (!existsSync(file)) {
    console.error("the attacks did not run");
    return 1;
  }
  const report = JSON.parse(readFileSync(file, "utf8")) as Report;
  if (args.length === 0) writeResult(resultOfAttacks(attacksOf(report)));
  return printTable(report, args.length > 0) && status === 0 ? 0 : 1;
}

function attacksOf({ testResults }: Report): readonly Attack[] {
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status, failureMessages }) => {
      const [attacker = "", aim = ""] = (ancestorTitles[0] ?? "").split(": ");
      const [told = ""] = (failureMessages[0] ?? "").split("\n");
      return {
        attacker,
        aim,
        name: title,
        result: resultOf(status, told),
        told: told.replace(/^AssertionError: /, ""),
      };
    }),
  );
}

function resultOfAttacks(attacks: readonly Attack[]) {
  const figures = [...Map.groupBy(attacks, ({ attacker }) => attacker)].map(([attacker, own]) => {
    const tried = own.filter(({ result }) => result !== "skipped").length;
    const held = own.filter(({ result }) => result === "held").length;
    const value = `${held} of ${tried} held`;
    return { what: `${attacker}: ${own[0]?.aim ?? ""}`, value, goal: "all held", holds: held === tried };
  });
  const skipped = attacks
    .filter(({ result }) => result === "skipped")
    .map(({ name }) => ({ what: name, why: reasonOfSkipped(name) }));
  return { figures, skipped };
}

/** An attack that prevents the test from ending, or breaks it, counts as won. */
function resultOf(status: string, told: string): Attack["result"] {
  if (status === "passed") return "held";
  if (status !== "failed") return "skipped";
  return told.includes("the attack itself was not carried out") ? "broken" : "won";
}

/** Returns whether enough attacks were tried and none was won. */
function printTable(report: Report, isSelection: boolean): boolean {
  const attacks = attacksOf(report);
  const count = (all: readonly Attack[], ...results: readonly Attack["result"][]) =>
    all.filter(({ result }) => results.includes(result)).length;
  const rows = [...new Set(attacks.map(({ attacker }) => attacker))].flatMap((attacker) => {
    const own = attacks.filter((attack) => attack.attacker === attacker);
    return isSelection && count(own, "skipped") === own.length ? [] : [rowOf(attacker, own[0]?.aim ?? "", own)];
  });
  function rowOf(attacker: string, aim: string, own: readonly Attack[]): readonly string[] {
    return [attacker, aim, count(own, "held", "won", "broken"), count(own, "won"), count(own, "skipped")].map(String);
  }
  console.log("");
  const titles = ["attacker", "what it is after", "tried", "won", "skipped"];
  for (const line of columns([titles, ...rows, rowOf("all", "", attacks)], 2)) console.log(line);
  console.log("");
  for (const { attacker, name, result, told } of attacks) {
    if (result === "won") console.log(`WON: ${attacker} ${name}: ${told.replace(/^won: /, "")}`);
    if (result === "broken") console.log(`NOT CARRIED OUT: ${attacker} ${name}`);
  }
  for (const need of new Set(attacks.map(({ name }) => /\[needs ([^\]]+)\]$/.exec(name)?.[1]))) {
    if (need === undefined) continue;
    const waiting = attacks.filter(({ name }) => name.endsWith(`[needs ${need}]`)).length;
    console.log(`skipped ${waiting}: need ${need}`);
  }
  const unread = report.testResults.filter(({ status, assertionResults }) => {
    // A file that does not load has no attacks; one whose preparation fails has only skipped ones.
    return status === "failed" && assertionResults.every((each) => each.status !== "failed");
  });
  for (const { name } of unread) console.log(`NOT COMPLETED: ${basename(name)}`);
  const tried = count(attacks, "held", "won", "broken");
  const isEnough = isSelection || tried >= fewestAttacks;
  if (!isEnough) console.log(`only ${tried} attacks were tried, of at least ${fewestAttacks}`);
  const isHeld = isEnough && unread.length === 0 && count(attacks, "won", "broken") === 0;
  console.log(isHeld ? `${tried} attacks were tried; none won.` : "The program does not hold.");
  return isHeld;
}

process.exitCode = await main(process.argv.slice(2));
