import { goQuote } from "./quote.ts";

/** Returns a character as Go's %#U prints it: "U+007A 'z'", and without the character if it is not printable. */
export function unicodeName(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `U+${code}${/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character) ? ` '${character}'` : ""}`;
}

/** Returns a character in single quotes, as Go's %q prints a rune. */
export function quoteRune(character: string): string {
  if (character === '"') return `'"'`;
  if (character === "'") return `'\\''`;
  return `'${goQuote(character).slice(1, -1)}'`;
}
