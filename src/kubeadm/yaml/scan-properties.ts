import { isBlankOrEnd, isBreakOrEnd } from "./characters.ts";
import type { Cursor } from "./cursor.ts";
import type { Token } from "./token.ts";
import { scannerError } from "./yaml-error.ts";

const tagCharacter = /^[0-9A-Za-z_\-;/?:@&=+$.!~*'()%,[\]]$/;
const wordCharacter = /^[0-9A-Za-z_-]$/;

/** `&name` or `*name`. */
export function scanAnchor(cursor: Cursor): Token {
  const start = cursor.mark;
  const type = cursor.peek() === "*" ? "alias" : "anchor";
  cursor.skip();
  const value = scanWhile(cursor, (character) => wordCharacter.test(character));
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
  const value = scanWhile(
    cursor,
    (character) => tagCharacter.test(character) || (isVerbatim && "<>".includes(character)),
  );
  if (isVerbatim && !value.endsWith(">")) throw scannerError("did not find the expected '>'", cursor.mark, start);
  const next = cursor.peek();
  if (!isBlankOrEnd(next) && next !== ",") {
    throw scannerError("did not find expected whitespace or line break", cursor.mark, start);
  }
  return { type: "tag", start, value };
}

/** `%YAML 1.1` and the like; what it says changes nothing here. */
export function scanDirective(cursor: Cursor): Token {
  const start = cursor.mark;
  const value = scanWhile(cursor, (character) => !isBreakOrEnd(character));
  cursor.skipBreak();
  if (!/^%(YAML|TAG)\s/.test(value)) throw scannerError("found unknown directive name", start);
  return { type: "directive", start, value };
}

function scanWhile(cursor: Cursor, belongs: (character: string) => boolean): string {
  let text = "";
  while (cursor.peek() !== "" && belongs(cursor.peek())) {
    text += cursor.peek();
    cursor.skip();
  }
  return text;
}
