// Changes as lines: what is long is cut to where it differs, and what many commands have in common is one line.
import type { Area } from "./areas.ts";
import { seenFromRelease } from "./capture.ts";
import { type Change, signOf } from "./compare.ts";

const width = 150;
const caseWidth = 70;
/** What is shown before and after a difference. */
const surroundings = 24;

/** Where the name says enough, or the value is code. */
const nameIsEnough: ReadonlySet<Area> = new Set(["texts", "code", "checks"]);

export function changeLines(changes: readonly Change[]): readonly string[] {
  const groups = Map.groupBy(paired(changes), (change) => lineOf({ ...change, name: nameWithoutCommand(change) }));
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    return others.length === 0 ? lineOf(first) : `${lineOf(first)} (and ${others.length} more commands)`;
  });
}

/** A line that is gone and one that begins alike and is new in the same cases are one that is another. */
function paired(changes: readonly Change[]): readonly Change[] {
  const open = new Set(changes.filter(({ cases, before }) => cases !== undefined && before === undefined));
  const partners = new Map<Change, Change>();
  for (const gone of changes.filter(({ cases, after }) => cases !== undefined && after === undefined)) {
    const partner = [...open].find((added) => isAlike(gone, added));
    if (partner === undefined) continue;
    open.delete(partner);
    partners.set(gone, partner);
  }
  const taken = new Set(partners.values());
  return changes
    .filter((change) => !taken.has(change))
    .map((change) => {
      const partner = partners.get(change);
      return partner === undefined ? change : { ...change, before: change.name, after: partner.name };
    });
}

function isAlike(gone: Change, added: Change): boolean {
  const length = Math.min(gone.name.length, added.name.length);
  return gone.cases?.join() === added.cases?.join() && commonStart(gone.name, added.name) >= length / 3;
}

function commonStart(left: string, right: string): number {
  let start = 0;
  while (start < Math.min(left.length, right.length) && left[start] === right[start]) start++;
  return start;
}

/** The flags of one name are often changed together. */
function nameWithoutCommand({ area, name }: Change): string {
  return area === "flags" ? (name.split(" ").at(-1) ?? name) : name;
}

function lineOf({ area, name, before, after, cases }: Change): string {
  const sign = signOf({ before, after });
  if (cases !== undefined) {
    if (before === undefined || after === undefined) return `${sign} ${shortened(name)} (${casesText(cases)})`;
    // The part of the case stays, however long the line is.
    const part = /^\S+(?: \S+)?: /.exec(before)?.[0] ?? "";
    const from = after.startsWith(part) ? part.length : 0;
    return `${sign} ${part.slice(0, from)}${differenceOf(before.slice(from), after.slice(from))} (${casesText(cases)})`;
  }
  if (nameIsEnough.has(area)) return `${sign} ${shortened(name)}`;
  const value =
    before !== undefined && after !== undefined ? differenceOf(before, after) : shortened(before ?? after ?? "");
  return `${sign} ${shortened(name)}: ${value}`;
}

function casesText([first = "", ...others]: readonly string[]): string {
  const name = first.length <= caseWidth ? first : `${first.slice(0, caseWidth - 1)}…`;
  return others.length === 0 ? name : `${name} and ${others.length} more`;
}

/** Returns both values without what they have in common at their beginning and end, as far as that is long. */
export function differenceOf(before: string, after: string): string {
  const [left, right] = [inOneLine(before), inOneLine(after)];
  const start = commonStart(left, right);
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
