/** YAML 1.1 character classes; "" stands for the end of the text. */
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

const printable = /^[\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/;

/** What go-yaml lets stand in a scalar unescaped: nothing beyond the basic plane. */
export function isPrintable(character: string): boolean {
  return printable.test(character);
}
