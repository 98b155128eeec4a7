import { sprint, sprintf, sprintln } from "../printf.ts";
import { basicKind, bytesOf, entryOf, formatValue, type GoValue, isList, isMap, typeOf } from "../value.ts";
import { TemplateError } from "./template-error.ts";

export interface TemplateFunction {
  /** The number of arguments. */
  readonly least: number;
  readonly most: number;
  /** Whether its first argument must be a string. */
  readonly takesText?: boolean;
  call(args: readonly GoValue[]): GoValue;
}

const any = Number.POSITIVE_INFINITY;

/**
 * The functions of text/template, and kubectl's `exists` and `base64decode`. The executor makes `and` and `or` stop
 * evaluating arguments early. `call` is missing, since there is nothing to call.
 */
export const templateFunctions: Readonly<Record<string, TemplateFunction>> = {
  and: { least: 1, most: any, call: (args) => args.find((each) => !isTrue(each)) ?? args.at(-1) },
  or: { least: 1, most: any, call: (args) => args.find(isTrue) ?? args.at(-1) },
  not: { least: 1, most: 1, call: ([value]) => !isTrue(value) },
  len: { least: 1, most: 1, call: ([value]) => lengthOf(value) },
  index: { least: 1, most: any, call: ([value, ...keys]) => index(value, keys) },
  slice: { least: 1, most: any, call: ([value, ...bounds]) => slice(value, bounds) },
  exists: { least: 1, most: any, call: ([value, ...keys]) => exists(value, keys) },
  call: {
    least: 1,
    most: any,
    call: ([value]) => {
      throw new TemplateError(value === null ? "call of nil" : `non-function of type ${typeOf(value)}`);
    },
  },
  print: { least: 0, most: any, call: sprint },
  println: { least: 0, most: any, call: sprintln },
  printf: { least: 1, most: any, takesText: true, call: ([format, ...args]) => sprintf(String(format), args) },
  html: { least: 0, most: any, call: (args) => escapeHtml(sprint(args.map(shown))) },
  js: { least: 0, most: any, call: (args) => escapeScript(sprint(args.map(shown))) },
  urlquery: { least: 0, most: any, call: (args) => escapeQuery(sprint(args.map(shown))) },
  base64decode: { least: 1, most: 1, takesText: true, call: ([text]) => base64decode(String(text)) },
  eq: { least: 1, most: any, call: ([first, ...others]) => equalsAny(first, others) },
  ne: { least: 2, most: 2, call: ([a, b]) => !equalsAny(a, [b]) },
  lt: { least: 2, most: 2, call: ([a, b]) => less(a, b) },
  le: { least: 2, most: 2, call: ([a, b]) => less(a, b) || equalsAny(a, [b]) },
  gt: { least: 2, most: 2, call: ([a, b]) => !(less(a, b) || equalsAny(a, [b])) },
  ge: { least: 2, most: 2, call: ([a, b]) => !less(a, b) },
};

/** Not the zero of its type, and not empty. */
export function isTrue(value: GoValue): boolean {
  if (isList(value)) return value.length > 0;
  if (isMap(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** What the escaping functions print for nothing. */
function shown(value: GoValue): GoValue {
  return value === null || value === undefined ? "<no value>" : value;
}

function lengthOf(value: GoValue): bigint {
  if (value === null || value === undefined) throw new TemplateError("len of nil pointer");
  if (typeof value === "string") return BigInt(bytesOf(value).length);
  if (isList(value)) return BigInt(value.length);
  if (isMap(value)) return BigInt(Object.keys(value).length);
  throw new TemplateError(`len of type ${typeOf(value)}`);
}

function index(value: GoValue, keys: readonly GoValue[]): GoValue {
  if (value === null || value === undefined) throw new TemplateError("index of untyped nil");
  return keys.reduce(indexOnce, value);
}

function indexOnce(value: GoValue, key: GoValue): GoValue {
  if (value === null || value === undefined) throw new TemplateError("index of nil pointer");
  if (isMap(value)) {
    if (typeof key === "string") return entryOf(value, key) ?? null;
    if (key === null || key === undefined) throw new TemplateError("value is nil; should be of type string");
    throw new TemplateError(`value has type ${typeOf(key)}; should be string`);
  }
  const elements = typeof value === "string" ? [...bytesOf(value)].map(BigInt) : value;
  if (!isList(elements)) throw new TemplateError(`can't index item of type ${typeOf(value)}`);
  const at = indexOf(key, elements.length);
  if (at < elements.length) return elements[at];
  throw new TemplateError("reflect: slice index out of range");
}

function indexOf(key: GoValue, most: number): number {
  if (key === null || key === undefined) throw new TemplateError("cannot index slice/array with nil");
  if (typeof key !== "bigint") throw new TemplateError(`cannot index slice/array with type ${typeOf(key)}`);
  if (key < 0n || key > BigInt(most)) throw new TemplateError(`index out of range: ${key}`);
  return Number(key);
}

function slice(value: GoValue, bounds: readonly GoValue[]): GoValue {
  if (value === null || value === undefined) throw new TemplateError("slice of untyped nil");
  if (bounds.length > 3) throw new TemplateError(`too many slice indexes: ${bounds.length}`);
  const text = typeof value === "string";
  if (text && bounds.length === 3) throw new TemplateError("cannot 3-index slice a string");
  const elements = text ? bytesOf(value) : value;
  if (!(elements instanceof Uint8Array) && !isList(elements)) {
    throw new TemplateError(`can't slice item of type ${typeOf(value)}`);
  }
  const { length } = elements;
  const [start = 0, end = length, capacity = length] = bounds.map((each) => indexOf(each, length));
  if (start > end) throw new TemplateError(`invalid slice index: ${start} > ${end}`);
  if (end > capacity) throw new TemplateError(`invalid slice index: ${end} > ${capacity}`);
  return elements instanceof Uint8Array
    ? new TextDecoder().decode(elements.slice(start, end))
    : elements.slice(start, end);
}

function exists(value: GoValue, keys: readonly GoValue[]): boolean {
  let found: GoValue = value;
  for (const key of keys) {
    if (isMap(found)) found = typeof key === "string" ? entryOf(found, key) : undefined;
    else if (isList(found)) found = typeof key === "bigint" ? found[Number(key)] : undefined;
    else if (typeof found === "string" && typeof key === "bigint") {
      const byte: number | undefined = bytesOf(found)[Number(key)];
      found = byte === undefined ? undefined : BigInt(byte);
    } else return false;
  }
  return found !== null && found !== undefined;
}

/** Nothing equals nothing; otherwise both must have the same basic kind. */
function equalsAny(first: GoValue, others: readonly GoValue[]): boolean {
  if (others.length === 0) throw new TemplateError("missing argument for comparison");
  return others.some((other) => {
    const [kind, otherKind] = [basicKind(first), basicKind(other)];
    const nothing = isNothing(first) || isNothing(other);
    if (kind !== otherKind || kind === undefined) {
      if (nothing) return isNothing(first) && isNothing(other);
      if (kind !== otherKind) {
        throw new TemplateError(`incompatible types for comparison: ${typeOf(first)} and ${typeOf(other)}`);
      }
      throw new TemplateError(`non-comparable type ${formatValue(other)}: ${typeOf(other)}`);
    }
    return first === other;
  });
}

function isNothing(value: GoValue): boolean {
  return value === null || value === undefined;
}

function less(a: GoValue, b: GoValue): boolean {
  const [kind, otherKind] = [basicKind(a), basicKind(b)];
  if (kind === undefined || otherKind === undefined) throw new TemplateError("invalid type for comparison");
  if (kind !== otherKind) {
    throw new TemplateError(`incompatible types for comparison: ${typeOf(a)} and ${typeOf(b)}`);
  }
  if (kind === "bool") throw new TemplateError("invalid type for comparison");
  return (a as string | number | bigint) < (b as string | number | bigint);
}

const htmlEscapes: Readonly<Record<string, string>> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (each) => htmlEscapes[each] ?? each);
}

function escapeScript(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a script's text holds none of them.
  return text.replace(/[\\'"<>&=\x00-\x1f]|[^\p{L}\p{M}\p{N}\p{P}\p{S}\x20-\x7f]/gu, (each) => {
    if (each === "\\" || each === "'" || each === '"') return `\\${each}`;
    return `\\u${(each.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

/**
 * Go's url.QueryEscape. Half of a surrogate pair, which cannot occur in a Go string, becomes the replacement character.
 */
function escapeQuery(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

function base64decode(text: string): string {
  const packed = text.replace(/[\r\n]/g, "");
  if (!/^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(packed)) {
    throw new TemplateError("base64 decode failed: illegal base64 data");
  }
  return new TextDecoder().decode(Uint8Array.from(atob(packed), (byte) => byte.charCodeAt(0)));
}
