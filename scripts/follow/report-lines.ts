// Changes as lines: what is long is cut to where it differs, and what many commands have in common is one line.
import type { Area } from "./areas.ts";
import { seenFromRelease } from "./capture.ts";
import { type Change, signOf } from "./compare.ts";

const width = 150;
/** What is shown before and after a difference. */
const surroundings = 24;

/** Where the name says enough, or the value is code. */
const nameIsEnough: ReadonlySet<Area> = new Set(["texts", "code", "checks"]);

export function changeLines(changes: readonly Change[]): readonly string[] {
  const groups = Map.groupBy(changes, (change) => lineOf({ ...change, name: nameWithoutCommand(change) }));
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    return others.length === 0 ? lineOf(first) : `${lineOf(first)} (and ${others.length} more commands)`;
  });
}

/** The flags of one name are often changed together. */
function nameWithoutCommand({ area, name }: Change): string {
  return area === "flags" ? (name.split(" ").at(-1) ?? name) : name;
}

function lineOf({ area, name, before, after, cases }: Change): string {
  const sign = signOf({ before, after });
  if (cases !== undefined) return `${sign} ${shortened(name)} (${casesText(cases)})`;
  if (nameIsEnough.has(area)) return `${sign} ${shortened(name)}`;
  const value =
    before !== undefined && after !== undefined ? differenceOf(before, after) : shortened(before ?? after ?? "");
  return `${sign} ${shortened(name)}: ${value}`;
}

function casesText([first = "", ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** Returns both values without what they have in common at their beginning and end, as far as that is long. */
export function differenceOf(before: string, after: string): string {
  const [left, right] = [inOneLine(before), inOneLine(after)];
  let start = 0;
  while (start < Math.min(left.length, right.length) && left[start] === right[start]) start++;
  let end = 0;
  const limit = Math.min(left.length, right.length) - start;
  while (end < limit && left.at(-1 - end) === right.at(-1 - end)) end++;
  const from = Math.max(0, start - surroundings);
  const cut = (text: string) => {
    const to = Math.min(text.length, text.length - end + surroundings);
    return shortened(`${from > 0 ? "…" : ""}${text.slice(from, to)}${to < text.length ? "…" : ""}`);
  };
  return `${cut(left)} → ${cut(right)}`;
}

export function shortened(text: string): string {
  const line = inOneLine(text);
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

function inOneLine(text: string): string {
  return seenFromRelease(text).replaceAll(/\s+/g, " ");
}
