// What cases have in common: a line that is new in the output of a hundred cases is one change.
import type { Area } from "./areas.ts";
import type { Change } from "./compare.ts";

/** Stands between the name of a case and what was observed in it. */
export const caseEnd = " ⟶ ";

const observed: ReadonlySet<Area> = new Set(["help", "outcomes", "output", "files", "objects", "requests", "calls"]);

/** Parts that the area names already. */
const withoutName: ReadonlySet<string> = new Set(["help", "status", "requests", "calls"]);

/** Returns the changes, with those of cases replaced by the lines that are new or gone, each once. */
export function foldObserved(changes: readonly Change[]): readonly Change[] {
  const lines = new Map<string, { change: Change; cases: Set<string> }>();
  for (const change of changes.filter(({ area }) => observed.has(area))) {
    const [name = "", part = ""] = change.name.split(caseEnd);
    for (const [sign, line] of changedLines(change)) {
      const of = withoutName.has(part) ? "" : `${part}: `;
      const key = `${change.area}\n${sign}\n${of}${line}`;
      const [before, after] = sign === "-" ? [line, undefined] : [undefined, line];
      const known = lines.get(key) ?? {
        change: { area: change.area, name: `${of}${line}`, before, after },
        cases: new Set(),
      };
      known.cases.add(name);
      lines.set(key, known);
    }
  }
  const folded = [...lines.values()].map(({ change, cases }) => ({ ...change, cases: [...cases] }));
  return [...changes.filter(({ area }) => !observed.has(area)), ...folded];
}

/** The lines that one text has more often than the other. An exit status is a change from one to the other. */
function changedLines({ area, before = "", after = "" }: Change): readonly (readonly ["+" | "-", string])[] {
  if (area === "outcomes") return [["+", `${before} → ${after}`]];
  const counts = new Map<string, number>();
  for (const line of after.split("\n")) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const line of before.split("\n")) counts.set(line, (counts.get(line) ?? 0) - 1);
  return [...counts].flatMap(([line, count]) =>
    count === 0 || line.trim() === "" ? [] : [[count > 0 ? "+" : "-", line] as const],
  );
}
