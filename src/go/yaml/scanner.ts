import { blanks, isBlank, isBlankOrEnd, isBreak, restOfLine, spaces } from "./characters.ts";
import { cursorOver } from "./cursor.ts";
import { scanAnchor, scanDirective, scanTag } from "./scan-properties.ts";
import { scanBlock, scanPlain, scanQuoted } from "./scan-scalar.ts";
import type { Token, TokenType } from "./token.ts";
import { type Mark, scannerError } from "./yaml-error.ts";

/** The tokens of a text, one after the other; "stream-end" is the last. Throws YamlError. */
export interface Scanner {
  peek(): Token;
  next(): Token;
}

/** Something that becomes a key if a `:` follows on its line. */
interface PossibleKey {
  readonly mark: Mark;
  /** The number of the token in the whole text. */
  readonly tokenNumber: number;
  /** Only a key is allowed there. */
  readonly isRequired: boolean;
}

/** The maximum length of a key in YAML 1.1, in characters. */
const longestKey = 1024;

/**
 * The maximum depth of collections. go-yaml allows 10,000, far more than any Kubernetes object has. This limit protects
 * the stack of code that reads the result recursively, and the memory of code that writes it with indentation.
 */
const deepest = 200;

/** Splits a text into tokens by the rules of YAML 1.1, with the same leniency as go-yaml, and therefore Kubernetes. */
export function scannerOver(text: string): Scanner {
  const cursor = cursorOver(text);
  const queue: Token[] = [];
  const indents: number[] = [];
  /** One for each level of flow collections; the first is that of block context. */
  const possibleKeys: (PossibleKey | undefined)[] = [undefined];
  /** The level of the possible key that a token is, by the token's number: each token costs the same at any depth. */
  const levelsOfKeys = new Map<number, number>();
  let indent = -1;
  let tokensTaken = 0;
  let mayStartKey = true;
  let isOver = false;

  const inFlow = () => possibleKeys.length > 1;

  function push(type: TokenType, start = cursor.mark): void {
    queue.push({ type, start, value: "" });
  }

  function validKey(level: number): PossibleKey | undefined {
    const key = possibleKeys[level];
    if (key === undefined) return undefined;
    const { line, index } = cursor.mark;
    if (key.mark.line === line && key.mark.index + longestKey >= index) return key;
    if (key.isRequired) throw scannerError("could not find expected ':'", cursor.mark, key.mark);
    dropKey(level);
    return undefined;
  }

  function dropKey(level: number): void {
    levelsOfKeys.delete(possibleKeys[level]?.tokenNumber ?? -1);
    possibleKeys[level] = undefined;
  }

  function forgetKey(): void {
    const level = possibleKeys.length - 1;
    const key = possibleKeys[level];
    if (key?.isRequired) throw scannerError("could not find expected ':'", cursor.mark, key.mark);
    dropKey(level);
  }

  function noteKey(): void {
    if (!mayStartKey) return;
    forgetKey();
    const isRequired = !inFlow() && indent === cursor.column;
    const tokenNumber = tokensTaken + queue.length;
    possibleKeys[possibleKeys.length - 1] = { mark: cursor.mark, tokenNumber, isRequired };
    levelsOfKeys.set(tokenNumber, possibleKeys.length - 1);
  }

  function openBlock(column: number, type: TokenType, at: Mark, position = queue.length): void {
    if (inFlow() || indent >= column) return;
    indents.push(indent);
    checkDepth();
    indent = column;
    queue.splice(position, 0, { type, start: at, value: "" });
  }

  function closeBlocks(column: number): void {
    if (inFlow()) return;
    while (indent > column) {
      push("block-end");
      indent = indents.pop() ?? -1;
    }
  }

  function checkDepth(): void {
    if (indents.length + possibleKeys.length > deepest) {
      throw scannerError(`exceeded max depth of ${deepest}`, cursor.mark);
    }
  }

  function skipToToken(): void {
    for (;;) {
      cursor.take(inFlow() || !mayStartKey ? blanks : spaces);
      if (cursor.peek() === "#") cursor.take(restOfLine);
      if (!isBreak(cursor.peek())) return;
      cursor.skipBreak();
      if (!inFlow()) mayStartKey = true;
    }
  }

  function fetch(): void {
    skipToToken();
    closeBlocks(cursor.column);
    fetcherHere()();
  }

  /** Returns the function that reads the token that starts here. */
  function fetcherHere(): () => void {
    const character = cursor.peek();
    const isApart = isBlankOrEnd(cursor.peek(1));
    if (character === "") return fetchEnd;
    if (cursor.column === 0 && character === "%") return fetchDirective;
    if (cursor.atDocumentIndicator()) return fetchDocumentIndicator;
    if (character === "[" || character === "{") return () => fetchFlowStart(character);
    if (character === "]" || character === "}") return () => fetchFlowEnd(character);
    if (character === ",") return fetchFlowEntry;
    if (character === "-" && isApart) return fetchBlockEntry;
    if (character === "?" && (inFlow() || isApart)) return fetchKey;
    if (character === ":" && (inFlow() || isApart)) return fetchValue;
    if (character === "*" || character === "&") return () => fetchOnKey(() => scanAnchor(cursor));
    if (character === "!") return () => fetchOnKey(() => scanTag(cursor));
    if (character === "'" || character === '"') return () => fetchOnKey(() => scanQuoted(cursor));
    if ((character === "|" || character === ">") && !inFlow()) return fetchBlockScalar;
    if (!startsPlain(character)) throw scannerError("found character that cannot start any token", cursor.mark);
    return fetchPlain;
  }

  function startsPlain(character: string): boolean {
    if (!isBlankOrEnd(character) && !"-?:,[]{}#&*!|>'\"%@`".includes(character)) return true;
    if (character === "-") return !isBlank(cursor.peek(1));
    return !inFlow() && (character === "?" || character === ":") && !isBlankOrEnd(cursor.peek(1));
  }

  function fetchEnd(): void {
    // Anything unfinished at the end is reported for the line after it.
    cursor.endLine();
    closeBlocks(-1);
    forgetKey();
    mayStartKey = false;
    isOver = true;
    push("stream-end");
  }

  function fetchDirective(): void {
    closeBlocks(-1);
    forgetKey();
    mayStartKey = false;
    queue.push(scanDirective(cursor));
  }

  function fetchDocumentIndicator(): void {
    closeBlocks(-1);
    forgetKey();
    mayStartKey = false;
    push(cursor.peek() === "-" ? "document-start" : "document-end");
    cursor.skip(3);
  }

  function fetchFlowStart(character: string): void {
    noteKey();
    possibleKeys.push(undefined);
    checkDepth();
    mayStartKey = true;
    push(character === "[" ? "flow-sequence-start" : "flow-mapping-start");
    cursor.skip();
  }

  function fetchFlowEnd(character: string): void {
    forgetKey();
    if (inFlow()) possibleKeys.pop();
    mayStartKey = false;
    push(character === "]" ? "flow-sequence-end" : "flow-mapping-end");
    cursor.skip();
  }

  function fetchFlowEntry(): void {
    forgetKey();
    mayStartKey = true;
    push("flow-entry");
    cursor.skip();
  }

  function fetchBlockEntry(): void {
    if (!inFlow()) {
      if (!mayStartKey) throw scannerError("block sequence entries are not allowed in this context", cursor.mark);
      openBlock(cursor.column, "block-sequence-start", cursor.mark);
    }
    forgetKey();
    mayStartKey = true;
    push("block-entry");
    cursor.skip();
  }

  function fetchKey(): void {
    if (!inFlow()) {
      if (!mayStartKey) throw scannerError("mapping keys are not allowed in this context", cursor.mark);
      openBlock(cursor.column, "block-mapping-start", cursor.mark);
    }
    forgetKey();
    mayStartKey = !inFlow();
    push("key");
    cursor.skip();
  }

  function fetchValue(): void {
    const key = validKey(possibleKeys.length - 1);
    if (key !== undefined) {
      const position = key.tokenNumber - tokensTaken;
      queue.splice(position, 0, { type: "key", start: key.mark, value: "" });
      openBlock(key.mark.column, "block-mapping-start", key.mark, position);
      dropKey(possibleKeys.length - 1);
      mayStartKey = false;
    } else {
      if (!inFlow()) {
        if (!mayStartKey) throw scannerError("mapping values are not allowed in this context", cursor.mark);
        openBlock(cursor.column, "block-mapping-start", cursor.mark);
      }
      mayStartKey = !inFlow();
    }
    push("value");
    cursor.skip();
  }

  function fetchOnKey(scan: () => Token): void {
    noteKey();
    mayStartKey = false;
    queue.push(scan());
  }

  function fetchBlockScalar(): void {
    forgetKey();
    mayStartKey = true;
    queue.push(scanBlock(cursor, indent));
  }

  function fetchPlain(): void {
    noteKey();
    mayStartKey = false;
    const { token, endedLine } = scanPlain(cursor, { inFlow: inFlow(), indent });
    if (endedLine) mayStartKey = true;
    queue.push(token);
  }

  /** The head of the queue is final only when no key or block start can still be inserted before it. */
  function headIsOpen(): boolean {
    const level = levelsOfKeys.get(tokensTaken);
    return level !== undefined && validKey(level) !== undefined;
  }

  function peek(): Token {
    while ((queue.length === 0 || headIsOpen()) && !isOver) fetch();
    const [head] = queue;
    if (head === undefined) throw new Error("the scanner has no more tokens");
    return head;
  }

  return {
    peek,
    next: () => {
      const head = peek();
      if (head.type === "stream-end") return head;
      queue.shift();
      tokensTaken++;
      return head;
    },
  };
}
