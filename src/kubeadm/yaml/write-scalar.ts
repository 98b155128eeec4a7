import { isBlankOrEnd, isBreak, isPrintable } from "./characters.ts";
import { looksLikeBase60, looksLikeTimestamp, resolvePlain } from "./plain-scalar.ts";

export type WrittenStyle = "plain" | "single-quoted" | "double-quoted" | "literal";

/** How go-yaml 2 would write the text; a key has to stand on one line. */
export function styleOf(text: string, isKey: boolean): WrittenStyle {
  const traits = traitsOf(text);
  if (text.includes("\n")) return isKey || !traits.allowsBlock ? "double-quoted" : "literal";
  if (typeof resolvePlain(text) !== "string" || looksLikeBase60(text) || looksLikeTimestamp(text))
    return "double-quoted";
  if (traits.allowsPlain) return "plain";
  return traits.allowsSingleQuotes ? "single-quoted" : "double-quoted";
}

interface Traits {
  readonly allowsPlain: boolean;
  readonly allowsSingleQuotes: boolean;
  readonly allowsBlock: boolean;
}

/** Characters that mean something at the start of a value. */
const leadingIndicators = "#,[]{}&*!|>'\"%@`";

function traitsOf(text: string): Traits {
  const characters = [...text];
  let hasIndicator = text.startsWith("---") || text.startsWith("...");
  let hasSpecial = false;
  let hasSpaceThenBreak = false;
  let hasBreakThenSpace = false;
  let hasBreak = false;
  for (const [index, character] of characters.entries()) {
    const previous = characters[index - 1] ?? "";
    const isLast = isBlankOrEnd(characters[index + 1] ?? "");
    if (index === 0 && leadingIndicators.includes(character)) hasIndicator = true;
    if (index === 0 && "?-".includes(character) && isLast) hasIndicator = true;
    if (character === ":" && isLast) hasIndicator = true;
    if (character === "#" && isBlankOrEnd(previous)) hasIndicator = true;
    if (!isPrintable(character)) hasSpecial = true;
    if (isBreak(character)) {
      hasBreak = true;
      if (previous === " ") hasSpaceThenBreak = true;
    }
    if (character === " " && isBreak(previous)) hasBreakThenSpace = true;
  }
  const [first = "", last = ""] = [characters[0], characters.at(-1)];
  const hasEdge = [first, last].some((edge) => edge === " " || isBreak(edge));
  const needsEscapes = hasSpecial || hasSpaceThenBreak;
  return {
    allowsPlain: !(needsEscapes || hasIndicator || hasBreak || hasBreakThenSpace || hasEdge),
    allowsSingleQuotes: !(needsEscapes || hasBreakThenSpace),
    allowsBlock: !(needsEscapes || last === " "),
  };
}

const shortEscapes: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\u0007": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\u001b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\u0085": "\\N",
  "\u00a0": "\\_",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

/** A character inside double quotes. */
export function escapedCharacter(character: string): string {
  const mustEscape = !isPrintable(character) || isBreak(character) || '"\\'.includes(character);
  if (!mustEscape) return character;
  const short = shortEscapes[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).toUpperCase().padStart(digits, "0");
}

/** What stands behind the `|` of a literal: an indentation that cannot be seen from the text, and the final breaks. */
export function literalHeader(text: string): string {
  const indentation = text.startsWith(" ") || isBreak(text[0] ?? "") ? "2" : "";
  if (!isBreak(text.at(-1) ?? "")) return `|${indentation}-`;
  return text.length === 1 || isBreak(text.at(-2) ?? "") ? `|${indentation}+` : `|${indentation}`;
}
