import { blanks, isBlank, isBlankOrEnd, isBreak, isBreakOrEnd, restOfLine, spaces } from "./characters.ts";
import type { Cursor } from "./cursor.ts";
import type { Token } from "./token.ts";
import { type Mark, scannerError } from "./yaml-error.ts";

/** Line breaks within a folded scalar: one becomes a space, further ones stay. */
interface Folding {
  first: string;
  more: string;
}

function folded({ first, more }: Folding): string {
  if (!first.startsWith("\n")) return first + more;
  return more === "" ? " " : more;
}

export interface ScalarContext {
  readonly inFlow: boolean;
  /** Column of the enclosing collection; -1 outside of all. */
  readonly indent: number;
}

export interface PlainScalar {
  readonly token: Token;
  /** It ended after a line break, so a key may begin here. */
  readonly endedLine: boolean;
}

export function scanPlain(cursor: Cursor, { inFlow, indent }: ScalarContext): PlainScalar {
  const start = cursor.mark;
  let value = "";
  let gap = "";
  let folding: Folding | undefined;
  while (!cursor.atDocumentIndicator() && cursor.peek() !== "#") {
    const word = cursor.take(inFlow ? flowWord : blockWord);
    if (word !== "") {
      value += (folding === undefined ? gap : folded(folding)) + word;
      gap = "";
      folding = undefined;
    }
    if (cursor.peek() === "" || !isBlankOrEnd(cursor.peek())) break;
    while (cursor.peek() !== "" && isBlankOrEnd(cursor.peek())) {
      if (!isBlank(cursor.peek())) folding = addBreak(folding, cursor.skipBreak());
      else if (folding === undefined) gap += cursor.take(blanks);
      else skipIndentation(cursor, indent, start);
    }
    if (!inFlow && cursor.column <= indent) break;
  }
  return { token: { type: "scalar", start, value, style: "plain" }, endedLine: folding !== undefined };
}

/** Up to whitespace, a line break, or a `:` before one of these; in flow context, flow indicators end it as well. */
const blockWord = /(?:[^ \t\n\r\u0085\u2028\u2029:]|:(?![ \t\n\r\u0085\u2028\u2029]|$))+/y;
const flowWord = /(?:[^ \t\n\r\u0085\u2028\u2029:,?[\]{}]|:(?![ \t\n\r\u0085\u2028\u2029]|$))+/y;

function skipIndentation(cursor: Cursor, indent: number, start: Mark): void {
  cursor.take(spaces);
  if (cursor.peek() !== "\t") return;
  if (cursor.column <= indent) {
    throw scannerError("found a tab character that violates indentation", cursor.mark, start);
  }
  cursor.take(blanks);
}

function addBreak(folding: Folding | undefined, lineBreak: string): Folding {
  return folding === undefined ? { first: lineBreak, more: "" } : { ...folding, more: folding.more + lineBreak };
}

const escapes: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\u0007",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\u001b",
  " ": " ",
  '"': '"',
  "'": "'",
  "\\": "\\",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
};

const escapedDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

export function scanQuoted(cursor: Cursor): Token {
  const start = cursor.mark;
  const quote = cursor.peek();
  const isSingle = quote === "'";
  cursor.skip();
  let value = "";
  for (;;) {
    if (cursor.atDocumentIndicator()) throw scannerError("found unexpected document indicator", cursor.mark, start);
    if (cursor.peek() === "") throw scannerError("found unexpected end of stream", cursor.mark, start);
    const part = scanQuotedWord(cursor, isSingle, start);
    value += part.text;
    if (cursor.peek() === quote) break;
    value += scanQuotedSpace(cursor, part.joinsNextLine);
  }
  cursor.skip();
  return { type: "scalar", start, value, style: isSingle ? "single-quoted" : "double-quoted" };
}

const singleQuotedWord = /(?:[^ \t\n\r\u0085\u2028\u2029']|'')+/y;
const doubleQuotedWord = /[^ \t\n\r\u0085\u2028\u2029"\\]+/y;

/** Up to whitespace, a line break or the closing quote. */
function scanQuotedWord(cursor: Cursor, isSingle: boolean, start: Mark) {
  if (isSingle) return { text: cursor.take(singleQuotedWord).replaceAll("''", "'"), joinsNextLine: false };
  let text = cursor.take(doubleQuotedWord);
  while (cursor.peek() === "\\") {
    if (isBreak(cursor.peek(1))) {
      cursor.skip();
      cursor.skipBreak();
      return { text, joinsNextLine: true };
    }
    text += scanEscape(cursor, start) + cursor.take(doubleQuotedWord);
  }
  return { text, joinsNextLine: false };
}

function scanEscape(cursor: Cursor, start: Mark): string {
  const code = cursor.peek(1);
  const simple = escapes[code];
  const digits = escapedDigits[code];
  if (simple === undefined && digits === undefined) {
    throw scannerError("found unknown escape character", cursor.mark, start);
  }
  cursor.skip(2);
  if (digits === undefined) return simple ?? "";
  let number = "";
  for (let index = 0; index < digits; index++) number += cursor.peek(index);
  if (!/^[0-9a-fA-F]+$/.test(number) || number.length !== digits) {
    throw scannerError("did not find expected hexdecimal number", cursor.mark, start);
  }
  const value = Number.parseInt(number, 16);
  if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
    throw scannerError("found invalid Unicode character escape code", cursor.mark, start);
  }
  cursor.skip(digits);
  return String.fromCodePoint(value);
}

function scanQuotedSpace(cursor: Cursor, joined: boolean): string {
  let gap = "";
  let folding: Folding | undefined = joined ? { first: "", more: "" } : undefined;
  while (cursor.peek() !== "" && isBlankOrEnd(cursor.peek())) {
    if (isBlank(cursor.peek())) {
      const taken = cursor.take(blanks);
      if (folding === undefined) gap += taken;
    } else if (folding === undefined) {
      folding = { first: cursor.skipBreak(), more: "" };
    } else {
      folding.more += cursor.skipBreak();
    }
  }
  return folding === undefined ? gap : folded(folding);
}

/** A literal (`|`) or folded (`>`) scalar below a collection at column `parentIndent`. */
export function scanBlock(cursor: Cursor, parentIndent: number): Token {
  const start = cursor.mark;
  const isLiteral = cursor.peek() === "|";
  cursor.skip();
  const { chomping, increment } = scanBlockHeader(cursor, start);
  const fixed = increment === 0 ? 0 : Math.max(parentIndent, 0) + increment;
  const first = scanBlockBreaks(cursor, fixed, parentIndent, start);
  const indent = first.indent;
  let { breaks } = first;
  let value = "";
  let pending = "";
  let wasIndented = false;
  while (cursor.column === indent && cursor.peek() !== "") {
    const isIndented = isBlank(cursor.peek());
    if (!isLiteral && pending.startsWith("\n") && !wasIndented && !isIndented) value += breaks === "" ? " " : "";
    else value += pending;
    value += breaks;
    wasIndented = isIndented;
    value += cursor.take(restOfLine);
    pending = cursor.skipBreak();
    breaks = scanBlockBreaks(cursor, indent, parentIndent, start).breaks;
  }
  if (chomping !== "-") value += pending;
  if (chomping === "+") value += breaks;
  return { type: "scalar", start, value, style: "block" };
}

function scanBlockHeader(cursor: Cursor, start: Mark): { readonly chomping: string; readonly increment: number } {
  let chomping = "";
  let increment = 0;
  for (let indicator = cursor.peek(); /^[-+0-9]$/.test(indicator); indicator = cursor.peek()) {
    if (/[0-9]/.test(indicator)) {
      if (indicator === "0") throw scannerError("found an indentation indicator equal to 0", cursor.mark, start);
      if (increment !== 0) break;
      increment = Number(indicator);
    } else {
      if (chomping !== "") break;
      chomping = indicator;
    }
    cursor.skip();
  }
  cursor.take(blanks);
  if (cursor.peek() === "#") cursor.take(restOfLine);
  if (!isBreakOrEnd(cursor.peek())) {
    throw scannerError("did not find expected comment or line break", cursor.mark, start);
  }
  cursor.skipBreak();
  return { chomping, increment };
}

/** Empty lines and indentation; with `indent` 0 the indentation is derived from them. */
function scanBlockBreaks(cursor: Cursor, indent: number, parentIndent: number, start: Mark) {
  let widest = 0;
  let breaks = "";
  for (;;) {
    if (indent === 0) cursor.take(spaces);
    while (cursor.column < indent && cursor.peek() === " ") cursor.skip();
    widest = Math.max(widest, cursor.column);
    if ((indent === 0 || cursor.column < indent) && cursor.peek() === "\t") {
      throw scannerError("found a tab character where an indentation space is expected", cursor.mark, start);
    }
    if (!isBreak(cursor.peek())) break;
    breaks += cursor.skipBreak();
  }
  return { breaks, indent: indent === 0 ? Math.max(widest, parentIndent + 1, 1) : indent };
}
