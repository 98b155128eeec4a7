/** A part of a run that stands on one line. */
export interface Piece {
  readonly text: string;
  /** Where it begins in the whole text. */
  readonly at: number;
}

/** Line breaks, also those written as `\n` and the like, each with the indent of the next line. */
export const fold = String.raw`(?:(?:\r?\n|\\{1,8}[nr])[ \t]*)+`;
const folds = new RegExp(fold, "g");

/**
 * Returns a function that finds the longest runs of some characters in a text: each as its pieces, since a run continues
 * behind a line break and the indent of the next line. An escape such as `\n` is part of no run. Those that are shorter
 * than `leastLength`, folds included, are left out. Takes linear time.
 */
export function runsOf(characters: string): (text: string, leastLength: number) => Generator<readonly Piece[]> {
  const pattern = new RegExp(String.raw`\\+(?:u[0-9a-fA-F]{4}|[a-z"'])?|${characters}+(?:${fold}${characters}+)*`, "g");
  return function* runs(text, leastLength) {
    for (const { 0: run, index } of text.matchAll(pattern)) {
      if (run.length >= leastLength && !run.startsWith("\\")) yield piecesOf(run, index);
    }
  };
}

function piecesOf(run: string, index: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  for (const { 0: between, index: at } of run.matchAll(folds)) {
    pieces.push({ text: run.slice(done, at), at: index + done });
    done = at + between.length;
  }
  return [...pieces, { text: run.slice(done), at: index + done }];
}

/** What stands between two places of the joined pieces, as places in the whole text. */
export function placesIn(pieces: readonly Piece[], from: number, to: number): { start: number; end: number } {
  let before = 0;
  let start: number | undefined;
  for (const { text, at } of pieces) {
    if (start === undefined && from < before + text.length) start = at + from - before;
    if (to <= before + text.length) return { start: start ?? at, end: at + to - before };
    before += text.length;
  }
  throw new RangeError("the pieces are shorter");
}
