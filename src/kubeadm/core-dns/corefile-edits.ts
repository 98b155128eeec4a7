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
  const start = blanksBefore(text, position);
  const stop = blanksAfter(text, end);
  const isAlone = isLineStart(text, start) && text[stop] === "\n";
  return isAlone ? { position: start, end: stop + 1, text: "" } : { position, end, text: "" };
}

/** Returns the indentation of what begins its line at a position; none in the middle of a line. */
export function indentationAt(text: string, position: number): string {
  const start = blanksBefore(text, position);
  return isLineStart(text, start) ? text.slice(start, position) : "";
}

// These look at the blanks around a word, never at its full line: one line may contain all the words of a file.

function blanksBefore(text: string, position: number): number {
  let at = position;
  while (at > 0 && isBlank(text[at - 1])) at -= 1;
  return at;
}

function blanksAfter(text: string, position: number): number {
  let at = position;
  while (isBlank(text[at])) at += 1;
  return at;
}

function isBlank(character: string | undefined): boolean {
  return character !== undefined && character !== "\n" && character.trim() === "";
}

function isLineStart(text: string, position: number): boolean {
  return position === 0 || text[position - 1] === "\n";
}
