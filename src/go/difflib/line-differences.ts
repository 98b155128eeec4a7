/** A part of two texts, as ranges of lines: the end is the line after the last one. */
export interface Difference {
  readonly tag: "equal" | "changed";
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

interface Match {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}

interface Range {
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

/** In a longer text, lines that occur often do not begin a match. */
const longText = 200;

/**
 * Returns the parts of two texts, equal ones and changed ones in turn, as difflib's SequenceMatcher finds them: the
 * longest common block of lines first, then the same in the parts before and after it.
 */
export function differences(a: readonly string[], b: readonly string[]): readonly Difference[] {
  const places = placesOf(b);
  const blocks = matchingBlocks(a, b, places);
  const result: Difference[] = [];
  let [aDone, bDone] = [0, 0];
  for (const { a: aStart, b: bStart, size } of [...blocks, { a: a.length, b: b.length, size: 0 }]) {
    if (aDone < aStart || bDone < bStart) {
      result.push({ tag: "changed", aStart: aDone, aEnd: aStart, bStart: bDone, bEnd: bStart });
    }
    [aDone, bDone] = [aStart + size, bStart + size];
    if (size > 0) result.push({ tag: "equal", aStart, aEnd: aDone, bStart, bEnd: bDone });
  }
  return result;
}

function placesOf(lines: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  lines.forEach((line, index) => {
    const known = places.get(line);
    if (known === undefined) places.set(line, [index]);
    else known.push(index);
  });
  if (lines.length < longText) return places;
  const most = Math.floor(lines.length / 100) + 1;
  return new Map([...places].filter(([, indices]) => indices.length <= most));
}

/** Returns the common blocks in order; blocks that touch are one. */
function matchingBlocks(
  a: readonly string[],
  b: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
): readonly Match[] {
  const found: Match[] = [];
  const ranges: Range[] = [{ aStart: 0, aEnd: a.length, bStart: 0, bEnd: b.length }];
  for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
    const match = longestMatch(a, b, { places, range });
    if (match.size === 0) continue;
    found.push(match);
    ranges.push(
      { ...range, aEnd: match.a, bEnd: match.b },
      { ...range, aStart: match.a + match.size, bStart: match.b + match.size },
    );
  }
  const joined: Match[] = [];
  for (const match of found.toSorted((left, right) => left.a - right.a)) {
    const last = joined.at(-1);
    const touches = last !== undefined && last.a + last.size === match.a && last.b + last.size === match.b;
    if (touches) joined.splice(-1, 1, { ...last, size: last.size + match.size });
    else joined.push(match);
  }
  return joined;
}

/** Of several longest blocks, returns the one that begins first in `a`, and of those the first in `b`. */
function longestMatch(
  a: readonly string[],
  b: readonly string[],
  { places, range }: { readonly places: ReadonlyMap<string, readonly number[]>; readonly range: Range },
): Match {
  const { aStart, aEnd, bStart, bEnd } = range;
  let best: Match = { a: aStart, b: bStart, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = aStart; i < aEnd; i++) {
    const next = new Map<number, number>();
    for (const j of places.get(a[i] ?? "") ?? []) {
      if (j < bStart || j >= bEnd) continue;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
    }
    lengths = next;
  }
  return extended(a, b, best, range);
}

/** Lines that occur often have not begun a match, but may continue one. */
function extended(a: readonly string[], b: readonly string[], match: Match, range: Range): Match {
  let { a: i, b: j, size } = match;
  while (i > range.aStart && j > range.bStart && a[i - 1] === b[j - 1]) [i, j, size] = [i - 1, j - 1, size + 1];
  while (i + size < range.aEnd && j + size < range.bEnd && a[i + size] === b[j + size]) size += 1;
  return { a: i, b: j, size };
}
