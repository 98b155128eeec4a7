/** Text in the place of a part of a Corefile. */
export interface CorefileEdit {
  readonly position: number;
  readonly end: number;
  readonly text: string;
  /** What it does, in words; without any where another edit says it. */
  readonly note?: string;
}

/** Returns the text with all edits, in linear time. Of edits that overlap, the first one counts. */
export function edited(text: string, edits: readonly CorefileEdit[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const { position, end, text: inserted } of edits.toSorted((a, b) => a.position - b.position)) {
    if (position < at) continue;
    pieces.push(text.slice(at, position), inserted);
    at = end;
  }
  return pieces.join("") + text.slice(at);
}

/** Returns what removes words, and their whole line if nothing else is on it. */
export function removal(text: string, { position, end }: { readonly position: number; readonly end: number }) {
  const start = text.lastIndexOf("\n", position - 1) + 1;
  const stop = text.indexOf("\n", end);
  const isAlone = text.slice(start, position).trim() === "" && stop >= 0 && text.slice(end, stop).trim() === "";
  return isAlone ? { position: start, end: stop + 1, text: "" } : { position, end, text: "" };
}

/** Returns the indentation of the line on which a position is. */
export function indentationAt(text: string, position: number): string {
  const start = text.lastIndexOf("\n", position - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, position))?.[0] ?? "";
}
