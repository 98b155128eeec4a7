import { goQuote } from "../quote.ts";
import { isOf64Bits, type YamlEntry, type YamlNode } from "../yaml/node.ts";

/** A text that is not JSON. The message is that of Go's encoding/json. */
export class JsonError extends Error {
  override readonly name = "JsonError";
  /** Counted from 1. */
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** Go's limit is ten times higher; no configuration comes near either. */
const mostDepth = 1000;

/** Kubernetes' readers treat a text that begins with a brace as JSON, and accept nothing else for it. */
export function looksLikeJson(text: string): boolean {
  return /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*\{/.test(text);
}

/**
 * Reads a JSON text as strictly as Go does: one value and nothing after it, no trailing commas, no comments, no control
 * characters in strings. Throws JsonError.
 */
export function readJson(text: string): YamlNode {
  const reader: Reader = { text, at: 0, line: 1 };
  const node = readValue(reader, 0);
  skipSpace(reader);
  if (reader.at < text.length) throw invalid(reader, "after top-level value");
  return node;
}

interface Reader {
  readonly text: string;
  at: number;
  line: number;
}

function skipSpace(reader: Reader): void {
  for (;;) {
    const character = reader.text[reader.at];
    if (character === "\n") reader.line++;
    else if (character !== " " && character !== "\t" && character !== "\r") return;
    reader.at++;
  }
}

function invalid(reader: Reader, context: string): JsonError {
  const character = reader.text.codePointAt(reader.at);
  if (character === undefined) return new JsonError("unexpected end of JSON input", reader.line);
  return new JsonError(`invalid character ${quoted(character)} ${context}`, reader.line);
}

/** Go reads bytes: of a character beyond ASCII it shows the first byte. */
function quoted(codePoint: number): string {
  if (codePoint === 0x27) return "'\\''";
  if (codePoint === 0x22) return "'\"'";
  const [first = 0] = new TextEncoder().encode(String.fromCodePoint(codePoint));
  return `'${goQuote(String.fromCharCode(first)).slice(1, -1)}'`;
}

function readValue(reader: Reader, depth: number): YamlNode {
  skipSpace(reader);
  if (depth > mostDepth) throw new JsonError("exceeded max depth", reader.line);
  const { text, at, line } = reader;
  switch (text[at]) {
    case "{":
      return { kind: "map", entries: readEntries(reader, depth), line };
    case "[":
      return { kind: "list", items: readItems(reader, depth), line };
    case '"': {
      const value = readString(reader);
      return { kind: "scalar", value, text: value, line };
    }
    case "t":
      return readWord(reader, "true", true);
    case "f":
      return readWord(reader, "false", false);
    case "n":
      return readWord(reader, "null", null);
    default:
      if (/^[-0-9]/.test(text[at] ?? "")) return readNumber(reader);
      throw invalid(reader, "looking for beginning of value");
  }
}

function readEntries(reader: Reader, depth: number): readonly YamlEntry[] {
  const entries = new Map<string, YamlEntry>();
  reader.at++;
  skipSpace(reader);
  if (takes(reader, "}")) return [];
  for (;;) {
    skipSpace(reader);
    const { line } = reader;
    if (reader.text[reader.at] !== '"') throw invalid(reader, "looking for beginning of object key string");
    const key = readString(reader);
    skipSpace(reader);
    if (!takes(reader, ":")) throw invalid(reader, "after object key");
    const value = readValue(reader, depth + 1);
    const earlier = entries.get(key)?.value;
    entries.set(key, { key, value: earlier === undefined ? value : decodedOver(earlier, value), line });
    skipSpace(reader);
    if (takes(reader, "}")) return [...entries.values()];
    if (!takes(reader, ",")) throw invalid(reader, "after object key:value pair");
  }
}

/** Go decodes the value of a duplicate key into the result of the earlier one: objects merge. */
function decodedOver(earlier: YamlNode, later: YamlNode): YamlNode {
  if (earlier.kind !== "map" || later.kind !== "map") return later;
  const entries = new Map(earlier.entries.map((entry) => [entry.key, entry]));
  for (const entry of later.entries) {
    const before = entries.get(entry.key)?.value;
    entries.set(entry.key, before === undefined ? entry : { ...entry, value: decodedOver(before, entry.value) });
  }
  return { ...later, entries: [...entries.values()] };
}

function readItems(reader: Reader, depth: number): readonly YamlNode[] {
  const items: YamlNode[] = [];
  reader.at++;
  skipSpace(reader);
  if (takes(reader, "]")) return items;
  for (;;) {
    items.push(readValue(reader, depth + 1));
    skipSpace(reader);
    if (takes(reader, "]")) return items;
    if (!takes(reader, ",")) throw invalid(reader, "after array element");
  }
}

function takes(reader: Reader, character: string): boolean {
  if (reader.text[reader.at] !== character) return false;
  reader.at++;
  return true;
}

function readWord(reader: Reader, word: string, value: boolean | null): YamlNode {
  for (const character of word) {
    if (!takes(reader, character))
      throw invalid(reader, `in literal ${word} (expecting ${quoted(character.charCodeAt(0))})`);
  }
  return { kind: "scalar", value, text: word, line: reader.line };
}

function readNumber(reader: Reader): YamlNode {
  const start = reader.at;
  takes(reader, "-");
  if (!takes(reader, "0")) digits(reader, "in numeric literal");
  let isInteger = true;
  if (takes(reader, ".")) {
    isInteger = false;
    digits(reader, "after decimal point in numeric literal");
  }
  if (takes(reader, "e") || takes(reader, "E")) {
    isInteger = false;
    if (!takes(reader, "+")) takes(reader, "-");
    digits(reader, "in exponent of numeric literal");
  }
  const text = reader.text.slice(start, reader.at);
  const scalar = { kind: "scalar", value: Number(text), text, line: reader.line } as const;
  return isInteger && isOf64Bits(text) ? scalar : { ...scalar, isNoInteger: true };
}

function digits(reader: Reader, context: string): void {
  const start = reader.at;
  while (/[0-9]/.test(reader.text[reader.at] ?? "")) reader.at++;
  if (reader.at === start) throw invalid(reader, context);
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

function readString(reader: Reader): string {
  reader.at++;
  const parts: string[] = [];
  for (;;) {
    const start = reader.at;
    while (isPlain(reader.text[reader.at])) reader.at++;
    parts.push(reader.text.slice(start, reader.at));
    if (takes(reader, '"')) return parts.join("").toWellFormed();
    if (!takes(reader, "\\")) throw invalid(reader, "in string literal");
    parts.push(readEscape(reader));
  }
}

function isPlain(character: string | undefined): boolean {
  return character !== undefined && character >= " " && character !== '"' && character !== "\\";
}

function readEscape(reader: Reader): string {
  if (takes(reader, "u")) {
    const start = reader.at;
    while (reader.at < start + 4) {
      if (!/[0-9a-fA-F]/.test(reader.text[reader.at] ?? ""))
        throw invalid(reader, "in \\u hexadecimal character escape");
      reader.at++;
    }
    return String.fromCharCode(Number.parseInt(reader.text.slice(start, reader.at), 16));
  }
  const escaped = escapes[reader.text[reader.at] ?? ""];
  if (escaped === undefined) throw invalid(reader, "in string escape code");
  reader.at++;
  return escaped;
}
