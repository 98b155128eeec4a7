import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { atMost, type Figure } from "../../scripts/results/result.ts";
import { compare, type Difference } from "./compare.ts";
import type { Row } from "./explain/rows.ts";
import type { Explanation } from "./explain/rule.ts";
import type { Pair } from "./run-case.ts";

export interface Judged {
  readonly pair: Pair;
  readonly explanation: Explanation;
}

export interface Verdict {
  readonly explained: number;
  /** A sentence for each case that is not, and each key or row that is amiss. */
  readonly failures: readonly string[];
}

/** The table at the end; tells what is not as it should be. */
export function report(judged: readonly Judged[], rows: readonly Row[], isSelection: boolean): Verdict {
  const different = judged.filter(({ pair }) => compare(pair.ours, pair.upstream).length > 0);
  const unexplained = judged.filter(({ explanation }) => explanation.rest.length > 0);
  const byKey = new Map<string, number>();
  for (const { explanation } of judged) {
    for (const key of explanation.keys) byKey.set(key, (byKey.get(key) ?? 0) + 1);
  }
  const known = new Map(rows.map((row) => [row.key, row]));
  const unknown = [...byKey.keys()].filter((key) => !known.has(key));
  const unseen = isSelection ? [] : rows.filter(({ key, shownBy }) => shownBy === "differ" && !byKey.has(key));
  for (const [key, count] of [...byKey].sort(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(`${String(count).padStart(6)}  ${key}`);
  }
  const failures = [
    ...unexplained.map(({ pair }) => `unexplained: ${pair.input.name}`),
    ...unknown.map((key) => `no row of docs/differences.md: ${key}`),
    ...unseen.map(({ key }) => `no case shows this row: ${key}`),
  ];
  console.log(
    `\n${judged.length} cases, ${judged.length - different.length} the same, ${different.length - unexplained.length} with listed differences, ${unexplained.length} unexplained`,
  );
  for (const failure of failures.slice(0, 20)) console.log(failure);
  return { explained: judged.length - unexplained.length, failures };
}

/** The same for docs/conformance.md. */
export function resultOf(judged: readonly Judged[], { explained, failures }: Verdict) {
  const same = judged.filter(({ pair }) => compare(pair.ours, pair.upstream).length === 0).length;
  const rows = new Set(judged.flatMap(({ explanation }) => explanation.keys));
  const figures: readonly Figure[] = [
    { what: "cases", value: judged.length },
    { what: "the same", value: same },
    { what: "with listed differences", value: explained - same },
    { what: "rows of differences.md that a case shows", value: rows.size },
    { ...atMost("unexplained", judged.length - explained, 0), goal: "none" },
    { ...atMost("rows and cases that are amiss", failures.length, 0), goal: "none" },
  ];
  return { figures, skipped: [] };
}

/** The same as the JSON report of vitest, as far as scripts/test.ts reads it; `lacks` is why nothing was run. */
export function writeCounts(file: string, { explained, failures }: Verdict, lacks?: string): void {
  const skipped =
    lacks === undefined ? [] : [{ fullName: `differences from upstream [needs ${lacks}]`, status: "skipped" }];
  const failed = failures.map((fullName) => ({ fullName, status: "failed" }));
  const counts = { numPassedTests: explained, numFailedTests: failures.length };
  const suite = {
    name: "test/differ",
    status: failed.length === 0 ? "passed" : "failed",
    assertionResults: [...skipped, ...failed],
  };
  writeFileSync(file, JSON.stringify({ ...counts, testResults: [suite] }));
}

/** A file for each unexplained case, and one with them all in groups. */
export function writeDetails(judged: readonly Judged[], directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const groups = new Map<string, Judged[]>();
  for (const one of judged) {
    if (one.explanation.rest.length === 0) continue;
    writeFileSync(
      join(directory, `${one.pair.input.name.replaceAll(/[^A-Za-z0-9.-]+/g, "_").slice(0, 150)}.txt`),
      details(one.pair, one.explanation.rest, one.explanation.keys),
    );
    const signature = signatureOf(one.explanation.rest);
    groups.set(signature, [...(groups.get(signature) ?? []), one]);
  }
  const text = [...groups]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([signature, members]) => {
      const names = members.slice(0, 8).map(({ pair }) => `    ${pair.input.name}`);
      return `${members.length} cases\n${signature}\n${names.join("\n")}${members.length > 8 ? "\n    …" : ""}\n`;
    });
  writeFileSync(join(directory, "groups.txt"), text.join("\n"));
}

function signatureOf(differences: readonly Difference[]): string {
  return differences
    .slice(0, 3)
    .map(({ where, ours, upstream }) => {
      const [mine, theirs] = [linesOnlyIn(ours, upstream), linesOnlyIn(upstream, ours)];
      const shown = [
        ...theirs.slice(0, 2).map((line) => `  - ${line}`),
        ...mine.slice(0, 2).map((line) => `  + ${line}`),
      ];
      return [where, ...shown].map((line) => line.slice(0, 400)).join("\n");
    })
    .join("\n");
}

export function details(pair: Pair, differences: readonly Difference[], keys: readonly string[] = []): string {
  const { name, args, env, stdin, tree, world, files } = pair.input;
  const given = Object.entries(files ?? {}).map(([path, entry]) => {
    const text = typeof entry === "string" ? entry : "content" in entry ? entry.content : JSON.stringify(entry);
    return `-- ${path} --\n${text}`;
  });
  const head = [
    name,
    `$ kubeadm ${args.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(" ")}`,
    ...(env === undefined ? [] : [`environment: ${JSON.stringify(env)}`]),
    ...(stdin === undefined ? [] : [`stdin: ${JSON.stringify(stdin)}`]),
    ...(tree === undefined ? [] : [`tree: ${tree}`]),
    ...(world === undefined ? [] : [`world: ${JSON.stringify(world)}`]),
    ...given,
    `explained: ${keys.join(" ")}`,
    "",
  ];
  const rest = differences.map(({ where, ours, upstream }) => {
    return `=== ${where}\n${diffText(upstream, ours)}`;
  });
  return `${[...head, ...rest].join("\n")}\n`;
}

function diffText(upstream: string | undefined, ours: string | undefined): string {
  if (upstream === undefined) return `upstream has none; ours:\n${indent(ours ?? "")}`;
  if (ours === undefined) return `ours has none; upstream's:\n${indent(upstream)}`;
  const [theirs, mine] = [linesOnlyIn(upstream, ours), linesOnlyIn(ours, upstream)];
  const isOrder = theirs.length === 0 && mine.length === 0;
  if (isOrder) return `other order. upstream's:\n${indent(upstream)}\nours:\n${indent(ours)}`;
  return [...theirs.map((line) => `- ${line}`), ...mine.map((line) => `+ ${line}`)].join("\n");
}

const indent = (text: string) =>
  text
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");

function linesOnlyIn(text = "", other = ""): readonly string[] {
  const left = new Map<string, number>();
  for (const line of other.split("\n")) left.set(line, (left.get(line) ?? 0) + 1);
  return text.split("\n").filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
