import { type Difference, differences } from "./line-differences.ts";

export interface UnifiedDiffOptions {
  /** Name of the text before, for the first line of the diff. */
  readonly from: string;
  readonly to: string;
  /** Unchanged lines around each difference; a negative number means 3. */
  readonly context: number;
}

/**
 * Returns the differences of two texts as a unified diff, as github.com/pmezard/go-difflib writes it; empty if they are
 * equal. Same as there, a text that ends with a line break has an empty line after it.
 */
export function unifiedDiff(before: string, after: string, options: UnifiedDiffOptions): string {
  const [a, b] = [linesOf(before), linesOf(after)];
  const hunks = grouped(differences(a, b), options.context < 0 ? 3 : options.context);
  if (hunks.length === 0) return "";
  return `--- ${options.from}\n+++ ${options.to}\n${hunks.map((hunk) => hunkText(hunk, a, b)).join("")}`;
}

/** Returns the lines with their line breaks; the last one gets one. */
function linesOf(text: string): readonly string[] {
  return text.split("\n").map((line) => `${line}\n`);
}

type Hunk = readonly Difference[];

/** Returns the differences in groups, with unchanged lines around them. */
function grouped(all: readonly Difference[], context: number): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let hunk: Difference[] = [];
  all.forEach((each, index) => {
    if (each.tag !== "equal") {
      hunk.push(each);
      return;
    }
    const [isFirst, isLast] = [index === 0, index === all.length - 1];
    const isLong = each.aEnd - each.aStart > 2 * context;
    if (!isFirst && (isLast || isLong)) hunk.push(firstLines(each, context));
    if (isFirst || isLast || isLong) {
      if (hunk.length > 0) hunks.push(hunk);
      hunk = isLast ? [] : [lastLines(each, context)];
      return;
    }
    hunk.push(each);
  });
  if (hunk.some(({ tag }) => tag !== "equal")) hunks.push(hunk);
  return hunks;
}

function firstLines(each: Difference, count: number): Difference {
  return {
    ...each,
    aEnd: Math.min(each.aEnd, each.aStart + count),
    bEnd: Math.min(each.bEnd, each.bStart + count),
  };
}

function lastLines(each: Difference, count: number): Difference {
  return {
    ...each,
    aStart: Math.max(each.aStart, each.aEnd - count),
    bStart: Math.max(each.bStart, each.bEnd - count),
  };
}

function hunkText(hunk: Hunk, a: readonly string[], b: readonly string[]): string {
  const [first, last] = [hunk[0], hunk.at(-1)];
  if (first === undefined || last === undefined) return "";
  const head = `@@ -${rangeText(first.aStart, last.aEnd)} +${rangeText(first.bStart, last.bEnd)} @@\n`;
  const lines = hunk.flatMap(({ tag, aStart, aEnd, bStart, bEnd }) => {
    const old = a.slice(aStart, aEnd);
    if (tag === "equal") return old.map((line) => ` ${line}`);
    return [...old.map((line) => `-${line}`), ...b.slice(bStart, bEnd).map((line) => `+${line}`)];
  });
  return head + lines.join("");
}

/** Lines are counted from 1; an empty range begins at the line before it. */
function rangeText(start: number, end: number): string {
  const length = end - start;
  if (length === 1) return String(start + 1);
  return `${length === 0 ? start : start + 1},${length}`;
}
