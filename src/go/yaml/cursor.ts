import { isBlankOrEnd, isBreak } from "./characters.ts";
import type { Mark } from "./yaml-error.ts";

/** A position that moves through a text and knows its line. */
export interface Cursor {
  readonly mark: Mark;
  /** The line of the mark, without creating a mark. */
  readonly column: number;
  /** The character at `offset` from here; "" after the end. */
  peek(offset?: number): string;
  /** Moves over characters that are not line breaks. */
  skip(count?: number): void;
  /**
   * Moves over what the sticky pattern matches here, which must not contain a line break, and returns it. Reading text
   * in chunks instead of single characters keeps the program out of the compiler, whose memory matters more than speed
   * in a short run.
   */
  take(pattern: RegExp): string;
  /** Moves over one line break and returns its meaning: a line feed, or the Unicode separator itself. */
  skipBreak(): string;
  /** Reports whether `---` or `...` is here, at the start of a line. */
  atDocumentIndicator(): boolean;
  startsWith(text: string): boolean;
  /** At the end of the text: moves to the start of the line that would follow. */
  endLine(): void;
}

export function cursorOver(text: string): Cursor {
  let index = text.startsWith("\ufeff") ? 1 : 0;
  let line = 0;
  let column = 0;
  const peek = (offset = 0) => text[index + offset] ?? "";
  const startsWith = (start: string) => text.startsWith(start, index);
  return {
    get mark() {
      return { index, line, column };
    },
    get column() {
      return column;
    },
    peek,
    skip: (count = 1) => {
      index += count;
      column += count;
    },
    take: (pattern) => {
      pattern.lastIndex = index;
      const taken = pattern.exec(text)?.[0] ?? "";
      index += taken.length;
      column += taken.length;
      return taken;
    },
    skipBreak: () => {
      const character = peek();
      if (!isBreak(character)) return "";
      index += startsWith("\r\n") ? 2 : 1;
      line++;
      column = 0;
      return character === "\u2028" || character === "\u2029" ? character : "\n";
    },
    atDocumentIndicator: () => column === 0 && (startsWith("---") || startsWith("...")) && isBlankOrEnd(peek(3)),
    startsWith,
    endLine: () => {
      if (column > 0) line++;
      column = 0;
    },
  };
}
