import { defined } from "../../values/defined.ts";
import { unicodeName } from "../rune.ts";
import { TemplateError } from "../template/template-error.ts";
import { unquoteGo } from "../unquote.ts";
import type { JsonPathNode, SliceBound } from "./jsonpath-nodes.ts";

/**
 * Parses a template of the dialect that Kubernetes calls JSONPath (k8s.io/client-go/util/jsonpath): text with actions
 * in braces. Throws TemplateError with upstream's messages.
 */
export function parseJsonPath(template: string): readonly JsonPathNode[] {
  const reader = new Reader(template);
  const nodes: JsonPathNode[] = [];
  for (;;) {
    const text = reader.upTo("{");
    if (text !== "") nodes.push({ kind: "text", text });
    if (reader.ended) return nodes;
    reader.skip(1);
    nodes.push({ kind: "action", nodes: readAction(reader) });
  }
}

/** A separate part of an action: the content of a union, a filter or a quoted key. */
function parsePart(text: string): readonly JsonPathNode[] {
  const [first] = parseJsonPath(`{${text}}`);
  return first?.kind === "action" ? first.nodes : [];
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The next character; empty at the end. */
  peek(): string {
    return String.fromCodePoint(...(this.ended ? [] : [this.#text.codePointAt(this.#at) ?? 0]));
  }

  startsWith(prefix: string): boolean {
    return this.#text.startsWith(prefix, this.#at);
  }

  skip(length: number): void {
    this.#at += length;
  }

  upTo(stop: string): string {
    const found = this.#text.indexOf(stop, this.#at);
    return this.#take(found < 0 ? this.#text.length : found);
  }

  /** What the sticky pattern matches here. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    return this.#take(pattern.test(this.#text) ? pattern.lastIndex : this.#at);
  }

  #take(end: number): string {
    const taken = this.#text.slice(this.#at, end);
    this.#at = end;
    return taken;
  }
}

const fieldName = /(\\[\s\S]|[^\\ \t\r\n.,[\]$@{}])*/uy;
const word = /[^ \t\r\n.,[\]$@{}]*/uy;
const number = /[+-]?[\d.]*/y;

function readAction(reader: Reader): readonly JsonPathNode[] {
  const nodes: JsonPathNode[] = [];
  for (;;) {
    const next = reader.peek();
    if (next === "" || next === "\n" || next === "\r") throw new TemplateError("unclosed action");
    if (next === "}") {
      reader.skip(1);
      return nodes;
    }
    if (reader.startsWith("[?(")) nodes.push(readFilter(reader));
    else if (reader.startsWith("..")) nodes.push(...readRecursive(reader, nodes.at(-1)));
    else if (next === " " || next === "@" || next === "$") reader.skip(1);
    else if (next === "[") nodes.push(...readBrackets(reader));
    else if (next === '"' || next === "'") nodes.push({ kind: "text", text: readQuoted(reader, next) });
    else if (next === ".") {
      reader.skip(1);
      nodes.push(readField(reader));
    } else if (/[+\-\p{Nd}]/u.test(next)) nodes.push(readNumber(reader));
    else if (/[_\p{L}]/u.test(next)) nodes.push(readWord(reader));
    else throw new TemplateError(`unrecognized character in action: ${unicodeName(next)}`);
  }
}

function readField(reader: Reader): JsonPathNode {
  const name = reader.take(fieldName);
  return name === "*" ? { kind: "wildcard" } : { kind: "field", name: name.replaceAll("\\", "") };
}

function readRecursive(reader: Reader, before: JsonPathNode | undefined): readonly JsonPathNode[] {
  if (before?.kind === "recursive") throw new TemplateError("invalid multiple recursive descent");
  reader.skip(2);
  const field = /[_\p{L}\p{Nd}]/u.test(reader.peek()) ? [readField(reader)] : [];
  return [{ kind: "recursive" }, ...field];
}

function readWord(reader: Reader): JsonPathNode {
  const name = reader.take(word);
  if (name === "true" || name === "false") return { kind: "constant", value: name === "true" };
  return { kind: "identifier", name };
}

function readNumber(reader: Reader): JsonPathNode {
  const text = reader.take(number);
  if (/^[+-]?\d+$/.test(text)) return { kind: "constant", value: BigInt(text.replace("+", "")) };
  if (/^[+-]?(\d+\.\d*|\.\d+)$/.test(text)) return { kind: "constant", value: Number(text) };
  throw new TemplateError(`cannot parse number ${text}`);
}

/** Reads a quoted string; a quote after a backslash does not end it. */
function readQuoted(reader: Reader, quote: string): string {
  const quoted = reader.take(quote === '"' ? /"([^"\n]|(?<=\\)")*(?<!\\)"/y : /'([^'\n]|(?<=\\)')*(?<!\\)'/y);
  if (quoted === "") throw new TemplateError("unterminated quoted string");
  const text = unquoteGo(quoted);
  if (text === undefined) throw new TemplateError(`unquote string ${quoted} error invalid syntax`);
  return text;
}

function readBrackets(reader: Reader): readonly JsonPathNode[] {
  const bracketed = reader.take(/\[[^\]\n]*\]/y);
  if (bracketed === "") throw new TemplateError("unterminated array");
  const inside = bracketed.slice(1, -1);
  const members = inside.split(",");
  if (members.length > 1) {
    return [{ kind: "union", members: members.map((member) => parsePart(`[${member.replace(/^ +| +$/g, "")}]`)) }];
  }
  const key = /^'([^']*)'$/.exec(inside);
  if (key !== null) return parsePart(`.${key[1] ?? ""}`);
  return [readSlice(inside === "*" ? ":" : inside)];
}

function readSlice(text: string): JsonPathNode {
  const parts = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text);
  if (parts === null) throw new TemplateError(`invalid array index ${text}`);
  const [, index = "", to, by] = parts;
  const from = bound(index);
  const end = to === undefined ? { value: (from?.value ?? 0) + 1, derived: true as const } : bound(to.slice(1));
  const step = by === undefined ? undefined : bound(by.slice(1));
  return {
    kind: "slice",
    ...defined({ from, to: end, step }),
  };
}

function bound(text: string): SliceBound | undefined {
  if (text === "") return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value)) return { value };
  throw new TemplateError(`array index ${text} is not a number`);
}

/** "[?(left operator right)]", or "[?(something)]" for something that must exist. */
function readFilter(reader: Reader): JsonPathNode {
  reader.skip(3);
  const inside = reader.take(/([^"')\n]|"([^"\n]|(?<=\\)")*(?<!\\)"|'([^'\n]|(?<=\\)')*(?<!\\)')*/y);
  if (reader.peek() !== ")") throw new TemplateError("unterminated filter");
  reader.skip(1);
  if (reader.peek() !== "]") throw new TemplateError("unclosed array expect ]");
  reader.skip(1);
  const comparison = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(inside);
  if (comparison === null) return { kind: "filter", left: parsePart(inside), right: [], operator: "exists" };
  const [, left = "", operator = "", right = ""] = comparison;
  return { kind: "filter", left: parsePart(left), right: parsePart(right), operator };
}
