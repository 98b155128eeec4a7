// What cases have in common: a line that is new in the output of a hundred cases is one change.
import type { Area } from "./areas.ts";
import { asItIs, seenFromRelease } from "./capture.ts";
import type { Change } from "./compare.ts";

/** Stands between the name of a case and what was observed in it. */
export const caseEnd = " ⟶ ";

const observed: ReadonlySet<Area> = new Set(["help", "outcomes", "output", "files", "objects", "requests", "calls"]);

/** Parts that the area names already. */
const withoutName: ReadonlySet<string> = new Set(["help", "status", "requests", "calls"]);

/** Returns the changes, with those of cases replaced by the lines that are new or gone, each once. */
export function foldObserved(changes: readonly Change[]): readonly Change[] {
  const cases = changes.filter(({ area }) => observed.has(area)).map((change) => ({ change, ...partsOf(change) }));
  // A case that only one of them has been tried with says nothing.
  const single = new Set(
    cases.flatMap(({ change: { area, before, after }, name }) =>
      area === "outcomes" && (before === undefined || after === undefined) ? [name] : [],
    ),
  );
  // Where a program fails that did not, or the other way round, everything else follows.
  const turned = new Set(cases.flatMap(({ change, name }) => (change.area === "outcomes" ? [name] : [])));
  const lines = new Map<string, { change: Change; cases: Set<string> }>();
  for (const { change, name, part } of cases) {
    if (single.has(name)) continue;
    if (turned.has(name) && part !== "status" && part !== "stderr") continue;
    for (const [sign, text] of changedLines(change)) {
      const line = seenFromRelease(text);
      const full = withoutName.has(part) ? line : `${part}: ${line}`;
      const key = `${change.area}\n${sign}\n${full}`;
      const [before, after] = sign === "-" ? [line, undefined] : [undefined, line];
      const known = lines.get(key) ?? { change: { area: change.area, name: full, before, after }, cases: new Set() };
      known.cases.add(name);
      lines.set(key, known);
    }
  }
  const folded = [...lines.values()].map(({ change, cases: all }) => ({ ...change, cases: [...all] }));
  return [...changes.filter(({ area }) => !observed.has(area)), ...folded];
}

function partsOf(change: Change): { readonly name: string; readonly part: string } {
  const [name = "", part = ""] = change.name.split(caseEnd);
  return { name, part };
}

type ChangedLine = readonly [sign: "+" | "-", line: string];

/** The lines that one text has more often than the other. An exit status is a change from one to the other. */
function changedLines({ area, before, after }: Change): readonly ChangedLine[] {
  if (area === "outcomes") return [["+", `${before} → ${after}`]];
  // A file or an object that only one of them has is one change.
  if (before === undefined) return [["+", "all of it"]];
  if (after === undefined) return [["-", "all of it"]];
  const [gone, added] = withoutCommon(before.split("\n"), after.split("\n"), seenFromRelease);
  const [reallyGone, reallyAdded] = withoutCommon(gone, added, asItIs);
  return [
    ...reallyAdded.map((line): ChangedLine => ["+", line]),
    ...reallyGone.map((line): ChangedLine => ["-", line]),
  ].filter(([, line]) => line.trim() !== "");
}

/** Returns both lists without the lines that the other one has as well, each as often as it has it. */
function withoutCommon(
  before: readonly string[],
  after: readonly string[],
  form: (line: string) => string,
): readonly [before: readonly string[], after: readonly string[]] {
  const without = (lines: readonly string[], others: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const line of others.map(form)) counts.set(line, (counts.get(line) ?? 0) + 1);
    return lines.filter((line) => {
      const count = counts.get(form(line)) ?? 0;
      counts.set(form(line), count - 1);
      return count <= 0;
    });
  };
  return [without(before, after), without(after, before)];
}
