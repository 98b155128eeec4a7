import { isBlankOrEnd, restOfLine } from "./characters.ts";
import type { Cursor } from "./cursor.ts";
import type { Token } from "./token.ts";
import { scannerError } from "./yaml-error.ts";

const word = /[0-9A-Za-z_-]+/y;
const tag = /[0-9A-Za-z_\-;/?:@&=+$.!~*'()%,[\]]+/y;
const verbatimTag = /[0-9A-Za-z_\-;/?:@&=+$.!~*'()%,[\]<>]+/y;

/** `&name` or `*name`. */
export function scanAnchor(cursor: Cursor): Token {
  const start = cursor.mark;
  const type = cursor.peek() === "*" ? "alias" : "anchor";
  cursor.skip();
  const value = cursor.take(word);
  const next = cursor.peek();
  if (value === "" || !(isBlankOrEnd(next) || "?:,]}%@`".includes(next))) {
    throw scannerError("did not find expected alphabetic or numeric character", cursor.mark, start);
  }
  return { type, start, value };
}

/** `!`, `!local`, `!!core` or `!<verbatim>`, as written. */
export function scanTag(cursor: Cursor): Token {
  const start = cursor.mark;
  const isVerbatim = cursor.peek(1) === "<";
  const value = cursor.take(isVerbatim ? verbatimTag : tag);
  if (isVerbatim && !value.endsWith(">")) throw scannerError("did not find the expected '>'", cursor.mark, start);
  const next = cursor.peek();
  if (!isBlankOrEnd(next) && next !== ",") {
    throw scannerError("did not find expected whitespace or line break", cursor.mark, start);
  }
  return { type: "tag", start, value };
}

/** `%YAML 1.1` and similar; its content has no effect here. */
export function scanDirective(cursor: Cursor): Token {
  const start = cursor.mark;
  const value = cursor.take(restOfLine);
  cursor.skipBreak();
  if (!/^%(YAML|TAG)\s/.test(value)) throw scannerError("found unknown directive name", start);
  return { type: "directive", start, value };
}
