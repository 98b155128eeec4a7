import type { YamlEntry, YamlNode } from "./node.ts";
import { resolvePlain } from "./plain-scalar.ts";
import { type Scanner, scannerOver } from "./scanner.ts";
import type { Token, TokenType } from "./token.ts";
import { type Mark, parserError, YamlError } from "./yaml-error.ts";

/** How many nodes aliases may add to those of the text: more is a bomb, not a configuration. */
const mostAliasedNodes = 100_000;

/**
 * Reads the first document of a YAML text (JSON is YAML) with the meaning that it has for Kubernetes' readers: go-yaml
 * 2 under sigs.k8s.io/yaml. An empty text is null. Throws YamlError.
 */
export function readYaml(text: string): YamlNode {
  requireAllowedCharacters(text);
  const scanner = scannerOver(text);
  const isExplicit = startDocument(scanner);
  const reader: Reader = { scanner, anchors: new Map(), aliasedNodes: 0, problem: undefined };
  const isEmpty =
    isAt(scanner, "stream-end") || (isExplicit && isAt(scanner, "document-end", "document-start", "directive"));
  const node = isEmpty ? emptyNode(scanner.peek().start) : readNode(reader, {});
  // go-yaml reads one token further, so that garbage right after the document is an error.
  scanner.peek();
  if (reader.problem !== undefined) throw reader.problem;
  return node;
}

/** go-yaml's own list; a lone surrogate cannot come from UTF-8. */
const forbidden = /[^\t\n\r\x20-\x7e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

function requireAllowedCharacters(text: string): void {
  const at = text.search(forbidden);
  if (at < 0) return;
  throw new YamlError("yaml: control characters are not allowed", text.slice(0, at).split("\n").length);
}

interface Reader {
  readonly scanner: Scanner;
  /** Undefined while its own content is being read. */
  readonly anchors: Map<string, YamlNode | undefined>;
  aliasedNodes: number;
  /** An invalid key: only reported if the syntax of the whole document is valid. */
  problem: YamlError | undefined;
}

interface NodeContext {
  /** Within a flow collection. */
  readonly inFlow?: boolean;
  /** A list may start here without more indentation than its key. */
  readonly allowsFlatList?: boolean;
  /** The node is a key. */
  readonly isKey?: boolean;
}

/** Returns whether the document starts with `---`. */
function startDocument(scanner: Scanner): boolean {
  const hasDirectives = isAt(scanner, "directive");
  while (isAt(scanner, "directive")) scanner.next();
  const isExplicit = isAt(scanner, "document-start");
  if (isExplicit) scanner.next();
  else if (hasDirectives) throw parserError("did not find expected <document start>", scanner.peek().start);
  return isExplicit;
}

function isAt(scanner: Scanner, ...types: readonly TokenType[]): boolean {
  return types.includes(scanner.peek().type);
}

function readNode(reader: Reader, context: NodeContext): YamlNode {
  const { scanner } = reader;
  const start = scanner.peek().start;
  if (isAt(scanner, "alias")) return aliased(reader, scanner.next());
  const { anchor, tag } = readProperties(scanner);
  if (anchor !== undefined) reader.anchors.set(anchor, undefined);
  const node = readContent(reader, { ...context, tag, hasProperties: (anchor ?? tag) !== undefined, start });
  if (anchor !== undefined) reader.anchors.set(anchor, node);
  return node;
}

function readProperties(scanner: Scanner): { readonly anchor: string | undefined; readonly tag: string | undefined } {
  let anchor: string | undefined;
  let tag: string | undefined;
  for (;;) {
    if (anchor === undefined && isAt(scanner, "anchor")) anchor = scanner.next().value;
    else if (tag === undefined && isAt(scanner, "tag")) tag = scanner.next().value;
    else return { anchor, tag };
  }
}

interface ContentContext extends NodeContext {
  readonly tag: string | undefined;
  readonly hasProperties: boolean;
  readonly start: Mark;
}

function readContent(reader: Reader, context: ContentContext): YamlNode {
  const { scanner } = reader;
  const token = scanner.peek();
  switch (token.type) {
    case "scalar":
      scanner.next();
      return scalarNode(token, context.tag);
    case "flow-sequence-start":
      return readFlowList(reader);
    case "flow-mapping-start":
      return readFlowMap(reader);
    case "block-sequence-start":
      if (context.inFlow !== true) return readBlockList(reader);
      break;
    case "block-mapping-start":
      if (context.inFlow !== true) return readBlockMap(reader);
      break;
    case "block-entry":
      if (context.allowsFlatList === true) return readFlatList(reader);
      break;
    default:
  }
  if (context.hasProperties)
    return scalarNode({ type: "scalar", start: token.start, value: "", style: "plain" }, context.tag);
  throw parserError("did not find expected node content", token.start, context.start);
}

function aliased(reader: Reader, token: Token): YamlNode {
  const name = token.value;
  const line = token.start.line + 1;
  if (!reader.anchors.has(name)) throw new YamlError(`yaml: unknown anchor '${name}' referenced`, line);
  const node = reader.anchors.get(name);
  if (node === undefined) throw new YamlError(`yaml: anchor '${name}' value contains itself`, line);
  reader.aliasedNodes += countNodes(node, mostAliasedNodes - reader.aliasedNodes);
  if (reader.aliasedNodes >= mostAliasedNodes) throw new YamlError("yaml: document contains excessive aliasing", line);
  return node;
}

/** Stops counting at `most`. */
function countNodes(node: YamlNode, most: number): number {
  const waiting = [node];
  let count = 0;
  for (let next = waiting.pop(); next !== undefined && count < most; next = waiting.pop()) {
    count++;
    if (next.kind === "map") for (const { value } of next.entries) waiting.push(value);
    if (next.kind === "list") for (const item of next.items) waiting.push(item);
  }
  return count;
}

function readBlockList(reader: Reader): YamlNode {
  const { scanner } = reader;
  const start = scanner.next().start;
  const items: YamlNode[] = [];
  while (isAt(scanner, "block-entry")) {
    const at = scanner.next().start;
    items.push(isAt(scanner, "block-entry", "block-end") ? emptyNode(at) : readNode(reader, {}));
  }
  if (!isAt(scanner, "block-end"))
    throw parserError("did not find expected '-' indicator", scanner.peek().start, start);
  scanner.next();
  return { kind: "list", items, line: start.line + 1 };
}

function readFlatList(reader: Reader): YamlNode {
  const { scanner } = reader;
  const line = scanner.peek().start.line + 1;
  const items: YamlNode[] = [];
  while (isAt(scanner, "block-entry")) {
    const at = scanner.next().start;
    items.push(isAt(scanner, "block-entry", "key", "value", "block-end") ? emptyNode(at) : readNode(reader, {}));
  }
  return { kind: "list", items, line };
}

function readBlockMap(reader: Reader): YamlNode {
  const { scanner } = reader;
  const start = scanner.next().start;
  const pairs: Pair[] = [];
  const readPart = (isKey: boolean) =>
    isAt(scanner, "key", "value", "block-end")
      ? emptyNode(scanner.peek().start)
      : readNode(reader, { allowsFlatList: true, isKey });
  while (isAt(scanner, "key")) {
    const at = scanner.next().start;
    const key = readKey(reader, at, () => readPart(true));
    pairs.push({ ...key, value: isAt(scanner, "value") ? takeThen(scanner, () => readPart(false)) : emptyNode(at) });
  }
  if (!isAt(scanner, "block-end")) throw parserError("did not find expected key", scanner.peek().start, start);
  scanner.next();
  return mapNode(pairs, start);
}

function takeThen<T>(scanner: Scanner, read: () => T): T {
  scanner.next();
  return read();
}

function readFlowList(reader: Reader): YamlNode {
  const { scanner } = reader;
  const start = scanner.next().start;
  const items: YamlNode[] = [];
  while (!isAt(scanner, "flow-sequence-end")) {
    if (items.length > 0) {
      if (!isAt(scanner, "flow-entry")) {
        throw parserError("did not find expected ',' or ']'", scanner.peek().start, start);
      }
      scanner.next();
      if (isAt(scanner, "flow-sequence-end")) break;
    }
    if (isAt(scanner, "key")) items.push(mapNode([readFlowPair(reader, "flow-sequence-end")], scanner.peek().start));
    else items.push(readNode(reader, { inFlow: true }));
  }
  scanner.next();
  return { kind: "list", items, line: start.line + 1 };
}

function readFlowMap(reader: Reader): YamlNode {
  const { scanner } = reader;
  const start = scanner.next().start;
  const pairs: Pair[] = [];
  while (!isAt(scanner, "flow-mapping-end")) {
    if (pairs.length > 0) {
      if (!isAt(scanner, "flow-entry")) {
        throw parserError("did not find expected ',' or '}'", scanner.peek().start, start);
      }
      scanner.next();
      if (isAt(scanner, "flow-mapping-end")) break;
    }
    if (isAt(scanner, "key")) pairs.push(readFlowPair(reader, "flow-mapping-end"));
    else {
      const at = scanner.peek().start;
      pairs.push({ ...readKey(reader, at, () => readNode(reader, { inFlow: true })), value: emptyNode(at) });
    }
  }
  scanner.next();
  return mapNode(pairs, start);
}

function readFlowPair(reader: Reader, end: TokenType): Pair {
  const { scanner } = reader;
  const at = scanner.next().start;
  const readPart = (...alsoEnds: readonly TokenType[]) =>
    isAt(scanner, "flow-entry", end, ...alsoEnds)
      ? emptyNode(scanner.peek().start)
      : readNode(reader, { inFlow: true });
  const key = readKey(reader, at, () => readPart("value"));
  return { ...key, value: isAt(scanner, "value") ? takeThen(scanner, () => readPart()) : emptyNode(at) };
}

interface Pair {
  readonly key: string;
  readonly line: number;
  /** An unquoted `<<`: the entries of the value are merged. */
  readonly isMerge: boolean;
  readonly value: YamlNode;
}

function readKey(reader: Reader, at: Mark, read: () => YamlNode): Omit<Pair, "value"> {
  const token = reader.scanner.peek();
  const node = read();
  const line = at.line + 1;
  const key = node.kind === "scalar" ? node.value : null;
  if (key === null) {
    const kind = { map: "a mapping", list: "a list", scalar: "null" }[node.kind];
    reader.problem ??= new YamlError(`yaml: invalid map key: ${kind}`, line);
  }
  const isMerge = token.type === "scalar" && token.style === "plain" && token.value === "<<";
  // JSON keys are always strings.
  return { key: String(key), line, isMerge };
}

function mapNode(pairs: readonly Pair[], start: Mark): YamlNode {
  const own = pairs.filter(({ isMerge }) => !isMerge).map(({ key, line, value }) => ({ key, line, value }));
  const taken = new Set(own.map(({ key }) => key));
  const merged: YamlEntry[] = [];
  for (const { value, line } of pairs.filter(({ isMerge }) => isMerge)) {
    for (const entry of mergedEntries(value, line)) {
      if (taken.has(entry.key)) continue;
      taken.add(entry.key);
      merged.push(entry);
    }
  }
  return { kind: "map", entries: [...own, ...merged], line: start.line + 1 };
}

function mergedEntries(value: YamlNode, line: number): readonly YamlEntry[] {
  if (value.kind === "map") return value.entries;
  if (value.kind === "list" && value.items.every((item) => item.kind === "map")) {
    return value.items.flatMap((item) => (item.kind === "map" ? item.entries : []));
  }
  throw new YamlError("yaml: map merge requires map or sequence of maps as the value", line);
}

function emptyNode(at: Mark): YamlNode {
  return { kind: "scalar", value: null, text: "", line: at.line + 1 };
}

function scalarNode(token: Token, tag: string | undefined): YamlNode {
  const { value: text, start, style } = token;
  const line = start.line + 1;
  const isPlain = style === "plain" && (tag === undefined || tag !== "!");
  return { kind: "scalar", value: resolveTagged(text, isPlain, tag, line), text, line };
}

function resolveTagged(text: string, isPlain: boolean, tag: string | undefined, line: number) {
  const core = tag?.replace(/^!<tag:yaml\.org,2002:(.*)>$/, "!!$1");
  if (core === undefined || !core.startsWith("!!")) return isPlain && core === undefined ? resolvePlain(text) : text;
  if (core === "!!str") return text;
  if (core === "!!binary") return decodeBinary(text, line);
  const value = resolvePlain(text);
  const actual = typeOf(value);
  if (core === actual) return value;
  if (core === "!!float" && typeof value === "number") return value;
  if (["!!int", "!!float", "!!bool", "!!null"].includes(core)) {
    throw new YamlError(`yaml: cannot decode ${actual} \`${text}\` as a ${core}`, line);
  }
  return text;
}

function typeOf(value: string | number | boolean | null): string {
  if (value === null) return "!!null";
  if (typeof value === "boolean") return "!!bool";
  if (typeof value === "string") return "!!str";
  return Number.isInteger(value) ? "!!int" : "!!float";
}

function decodeBinary(text: string, line: number): string {
  try {
    const bytes = Uint8Array.from(atob(text.replace(/\s/g, "")), (character) => character.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    throw new YamlError("yaml: !!binary value contains invalid base64 data", line);
  }
}
