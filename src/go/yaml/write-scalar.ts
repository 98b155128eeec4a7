import { isBreak, isPrintable } from "./characters.ts";
import { looksLikeBase60, looksLikeTimestamp, resolvePlain } from "./plain-scalar.ts";

export type WrittenStyle = "plain" | "single-quoted" | "double-quoted" | "literal";

/** Returns the string as go-yaml 2 would write it; a key must fit on one line. */
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

/** Most strings match this, and need no further checks. */
const harmless = /^[A-Za-z0-9/][A-Za-z0-9/._-]*$/;

const breaks = "\\n\\r\\u0085\\u2028\\u2029";
const endOfWord = `(?=[ \\t${breaks}]|$)`;
const hasIndicator = new RegExp(
  `^(?:---|\\.\\.\\.|[#,[\\]{}&*!|>'"%@\`])|^[?-]${endOfWord}|:${endOfWord}|[ \\t${breaks}]#`,
);
const hasBreak = new RegExp(`[${breaks}]`);
const hasSpaceThenBreak = new RegExp(` [${breaks}]`);
const hasBreakThenSpace = new RegExp(`[${breaks}] `);
const hasEdge = new RegExp(`^[ ${breaks}]|[ ${breaks}]$`);

/**
 * Characters that hide, reorder or break the text around them; go-yaml leaves them unescaped, which misleads readers of
 * the file.
 */
const isHidden = /[\u0085\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f]/;

function traitsOf(text: string): Traits {
  if (text === "" || harmless.test(text)) return { allowsPlain: true, allowsSingleQuotes: true, allowsBlock: true };
  const needsEscapes = !isPrintable(text) || isHidden.test(text) || hasSpaceThenBreak.test(text);
  const breaksBeforeSpace = hasBreakThenSpace.test(text);
  const isPlain = !(hasIndicator.test(text) || hasBreak.test(text) || breaksBeforeSpace || hasEdge.test(text));
  return {
    allowsPlain: isPlain && !needsEscapes,
    allowsSingleQuotes: !(needsEscapes || breaksBeforeSpace),
    allowsBlock: !(needsEscapes || text.endsWith(" ")),
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

const mustEscape =
  /[^\x20\x21\x23-\x5b\x5d-\x7e\u00a0-\u00ac\u00ae-\u061b\u061d-\u200a\u2010-\u2027\u202f-\u205f\u2070-\ud7ff\ue000-\ufefe\uff00-\ufffd]/gu;

/** The string as it is written inside double quotes. */
export function escaped(text: string): string {
  return text.replace(mustEscape, escapedCharacter);
}

function escapedCharacter(character: string): string {
  const short = shortEscapes[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).toUpperCase().padStart(digits, "0");
}

/** What follows the `|` of a literal: an indentation that cannot be derived from the text, and the final breaks. */
export function literalHeader(text: string): string {
  const indentation = text.startsWith(" ") || isBreak(text[0] ?? "") ? "2" : "";
  if (!isBreak(text.at(-1) ?? "")) return `|${indentation}-`;
  return text.length === 1 || isBreak(text.at(-2) ?? "") ? `|${indentation}+` : `|${indentation}`;
}
