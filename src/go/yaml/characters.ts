/** YAML 1.1 character classes; "" is the end of the text. */
export function isBreak(character: string): boolean {
  return (
    character === "\n" ||
    character === "\r" ||
    character === "\u0085" ||
    character === "\u2028" ||
    character === "\u2029"
  );
}

export function isBlank(character: string): boolean {
  return character === " " || character === "\t";
}

export function isBreakOrEnd(character: string): boolean {
  return character === "" || isBreak(character);
}

export function isBlankOrEnd(character: string): boolean {
  return isBlank(character) || isBreakOrEnd(character);
}

const printable = /^[\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/;

/** Reports whether go-yaml leaves the whole text unescaped: nothing beyond the basic plane. */
export function isPrintable(text: string): boolean {
  return printable.test(text);
}

/** Sticky patterns for Cursor.take. */
export const blanks = /[ \t]+/y;
export const spaces = / +/y;
export const restOfLine = /[^\n\r\u0085\u2028\u2029]+/y;
