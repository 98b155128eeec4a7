import { TemplateError } from "./template-error.ts";

export type TokenKind =
  | "text"
  | "open"
  | "close"
  | "field"
  | "variable"
  | "dot"
  | "word"
  | "number"
  | "character"
  | "string"
  | "|"
  | "("
  | ")"
  | ":="
  | "="
  | ","
  | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Index in the template. */
  readonly at: number;
  /** Whether there are spaces before it. */
  readonly spaced: boolean;
}

/** An error in the template, with its line, in text/template's wording. */
export function templateError(source: string, at: number, message: string): TemplateError {
  const line = source.slice(0, at).split("\n").length;
  return new TemplateError(`template: output:${line}: ${message}`);
}

/** The only characters that may follow a field, a variable or a word. */
const terminator = "(?=[\\s.,|:()=]|-?\\}\\}|$)";

const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  ["string", /"(?:[^"\\\n]|\\.)*"|`[^`]*`/y],
  ["character", /'(?:[^'\\\n]|\\.)+'/y],
  [
    "number",
    /[+-]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)i?/y,
  ],
  ["field", new RegExp(`\\.[\\p{L}_][\\p{L}\\p{Nd}_]*${terminator}`, "uy")],
  ["variable", new RegExp(`\\$[\\p{L}\\p{Nd}_]*${terminator}`, "uy")],
  ["word", new RegExp(`[\\p{L}_][\\p{L}\\p{Nd}_]*${terminator}`, "uy")],
  ["dot", /\.(?=[\s|(),:=]|-?\}\}|$)/y],
  [":=", /:=/y],
  ["=", /=/y],
  ["|", /\|/y],
  ["(", /\(/y],
  [")", /\)/y],
  [",", /,/y],
];

const comment = /\{\{(-(?=\s))?\s*\/\*[\s\S]*?\*\/(\s-)?\}\}/y;
const open = /\{\{(-(?=\s))?/y;
const close = /(?:(?<=\s)-)?\}\}/y;

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

/**
 * Returns the template as tokens, with the text between actions trimmed where an action requests it; the last one is
 * "end".
 */
export function templateTokens(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trims = false;
  while (at < source.length) {
    const found = source.indexOf("{{", at);
    const end = found < 0 ? source.length : found;
    const opening = match(comment, source, end) ?? match(open, source, end) ?? "";
    const text = trimmed(source.slice(at, end), trims, opening.startsWith("{{-"));
    if (text !== "") tokens.push({ kind: "text", text, at, spaced: false });
    at = end + opening.length;
    if (opening === "") break;
    if (opening.endsWith("}}")) {
      trims = opening.endsWith("-}}");
      continue;
    }
    if (/^\s*\/\*/.test(source.slice(at))) throw templateError(source, end, commentProblem(source, at));
    tokens.push({ kind: "open", text: opening, at: end, spaced: false });
    at = readAction(source, at, tokens);
    trims = tokens.at(-1)?.text.startsWith("-") === true;
  }
  return [...tokens, { kind: "end", text: "EOF", at: source.length, spaced: false }];
}

function commentProblem(source: string, at: number): string {
  return source.includes("*/", at) ? "comment ends before closing delimiter" : "unclosed comment";
}

function trimmed(text: string, start: boolean, end: boolean): string {
  const left = start ? text.replace(/^[ \t\r\n]+/, "") : text;
  return end ? left.replace(/[ \t\r\n]+$/, "") : left;
}

/** Reads up to the closing braces; returns the index after them. */
function readAction(source: string, start: number, tokens: Token[]): number {
  let at = start;
  let open = 0;
  for (;;) {
    const blanks = match(/[ \t\r\n]*/y, source, at) ?? "";
    at += blanks.length;
    const spaced = blanks !== "";
    const closing = match(close, source, at);
    if (closing !== undefined) {
      if (open > 0) throw templateError(source, at, "unclosed left paren");
      tokens.push({ kind: "close", text: closing, at, spaced });
      return at + closing.length;
    }
    const [kind, text] = tokenAt(source, at);
    open += kind === "(" ? 1 : kind === ")" ? -1 : 0;
    if (open < 0) throw templateError(source, at, "unexpected right paren");
    tokens.push({ kind, text, at, spaced });
    at += text.length;
  }
}

function tokenAt(source: string, at: number): readonly [TokenKind, string] {
  for (const [kind, pattern] of patterns) {
    const text = match(pattern, source, at);
    if (text !== undefined) return [kind, text];
  }
  throw templateError(source, at, problemAt(source, at));
}

function problemAt(source: string, at: number): string {
  const rest = source.slice(at);
  if (rest === "") return "unclosed action";
  if (rest.startsWith('"')) return "unterminated quoted string";
  if (rest.startsWith("'")) return "unterminated character constant";
  if (rest.startsWith("`")) return "unterminated raw quoted string";
  const name = /^[.$]?[\p{L}\p{Nd}_]+/u.exec(rest)?.[0] ?? "";
  const [character = ""] = rest.slice(name.length);
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const what = name === "" ? "unrecognized character in action" : "bad character";
  return `${what}${name === "" ? ":" : ""} U+${code} '${character}'`;
}
