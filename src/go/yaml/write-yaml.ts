import { isBreak } from "./characters.ts";
import { compareKeys } from "./compare-keys.ts";
import { escaped, literalHeader, styleOf } from "./write-scalar.ts";

/** Values that can be written; undefined entries of objects are omitted. */
export type WritableValue = string | number | boolean | null | readonly WritableValue[] | WritableMap;

export interface WritableMap {
  readonly [key: string]: WritableValue | undefined;
}

/** go-yaml folds strings at the first space after this column. */
const widestLine = 80;
/** A longer key cannot be written before a `:`. */
const longestSimpleKey = 128;

interface Output {
  text: string;
  /** Characters since the last line break. */
  column: number;
}

/**
 * Returns the value as Kubernetes writes it (go-yaml 2 under sigs.k8s.io/yaml): sorted keys, an indentation of two
 * spaces, lists not indented below their key, quotes only where a YAML 1.1 reader would need them.
 */
export function writeYaml(value: WritableValue): string {
  const output: Output = { text: "", column: 0 };
  writeNode(output, value, { indent: -2, after: "start" });
  put(output, "\n");
  return output.text;
}

interface Context {
  /** Column of the enclosing collection; -2 outside of all. */
  readonly indent: number;
  /** The text before the value on its line. */
  readonly after: "start" | "key" | "dash";
}

function put(output: Output, text: string): void {
  output.text += text;
  const lastBreak = text.lastIndexOf("\n");
  output.column = lastBreak === -1 ? output.column + widthOf(text) : widthOf(text.slice(lastBreak + 1));
}

/** In characters: a surrogate pair counts as one. */
function widthOf(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff]/g)?.length ?? 0);
}

function newLine(output: Output, indent: number): void {
  if (output.text !== "") put(output, "\n");
  put(output, " ".repeat(indent));
}

function writeNode(output: Output, value: WritableValue, context: Context): void {
  if (Array.isArray(value)) writeList(output, value, context);
  else if (typeof value === "object" && value !== null) writeMap(output, value as WritableMap, context);
  else {
    if (context.after !== "start") put(output, " ");
    if (typeof value === "string") writeText(output, value, { indent: Math.max(context.indent, 0) + 2, isKey: false });
    else put(output, typeof value === "number" ? numberText(value) : String(value));
  }
}

function writeList(output: Output, items: readonly WritableValue[], { indent, after }: Context): void {
  if (items.length === 0) put(output, after === "start" ? "[]" : " []");
  const own = after === "key" ? Math.max(indent, 0) : indent + 2;
  for (const [index, item] of items.entries()) {
    if (index === 0 && after === "dash") put(output, " ");
    else newLine(output, own);
    put(output, "-");
    writeNode(output, item, { indent: own, after: "dash" });
  }
}

function writeMap(output: Output, map: WritableMap, { indent, after }: Context): void {
  const keys = Object.keys(map)
    .filter((key) => map[key] !== undefined)
    .sort(compareKeys);
  if (keys.length === 0) put(output, after === "start" ? "{}" : " {}");
  const own = indent + 2;
  for (const [index, key] of keys.entries()) {
    if (index === 0 && after === "dash") put(output, " ");
    else newLine(output, own);
    const isSimple = writeKey(output, key, own);
    // After a `:` that has a line for itself a collection may start immediately, as after a dash.
    writeNode(output, map[key] ?? null, { indent: own, after: isSimple ? "key" : "dash" });
  }
}

/** Returns whether the key is before its `:` on one line. */
function writeKey(output: Output, key: string, indent: number): boolean {
  const isSimple = ![...key].some(isBreak) && new TextEncoder().encode(key).length <= longestSimpleKey;
  if (!isSimple) put(output, "? ");
  writeText(output, key, { indent: indent + 2, isKey: isSimple });
  if (!isSimple) newLine(output, indent);
  put(output, ":");
  return isSimple;
}

interface TextContext {
  /** The column where further lines of the string start. */
  readonly indent: number;
  readonly isKey: boolean;
}

function writeText(output: Output, text: string, { indent, isKey }: TextContext): void {
  const style = styleOf(text, isKey);
  if (style === "literal") writeLiteral(output, text, indent);
  else writeFolding(output, text, { indent, folds: !isKey, quote: quotes[style] });
}

const quotes = { plain: "", "single-quoted": "'", "double-quoted": '"' } as const;

function writeLiteral(output: Output, text: string, indent: number): void {
  put(output, literalHeader(text));
  // The final break is the one that starts the next line of the document.
  const body = isBreak(text.at(-1) ?? "") ? text.slice(0, -1) : text;
  put(output, `\n${body}`.replace(startOfContent, `$1${" ".repeat(indent)}`));
}

/** A line break with more text on its line. */
const startOfContent = /([\n\r\u0085\u2028\u2029])(?=[^\n\r\u0085\u2028\u2029])/g;

interface FoldingContext {
  readonly indent: number;
  readonly folds: boolean;
  readonly quote: Quote;
}

type Quote = "" | "'" | '"';

function writeFolding(output: Output, text: string, { indent, folds, quote }: FoldingContext): void {
  put(output, quote);
  if (!folds || output.column + widthOf(text) <= widestLine || !text.includes(" ")) put(output, written(text, quote));
  else writeFolded(output, text, indent, quote);
  put(output, quote);
}

/** Breaks the line at the first single space after the widest column; quotes must not be at the end of a line. */
function writeFolded(output: Output, text: string, indent: number, quote: Quote): void {
  const parts = text.split(/( +)/);
  const startsBlank = parts[0] === "";
  const endsBlank = parts.at(-1) === "";
  for (const [index, part] of parts.entries()) {
    if (!part.startsWith(" ")) {
      put(output, written(part, quote));
      continue;
    }
    const isFirst = startsBlank && index === 1;
    const isLast = endsBlank && index === parts.length - 2 && part.length === 1;
    const isInside = quote === "" || !(isFirst || isLast);
    const mayBreak = output.column > widestLine && isInside && (quote === '"' || part.length === 1);
    if (!mayBreak) put(output, part);
    else {
      newLine(output, indent);
      put(output, part.length === 1 ? "" : `\\${part.slice(1)}`);
    }
  }
}

function written(text: string, quote: Quote): string {
  if (quote === "'") return text.replaceAll("'", "''");
  return quote === '"' ? escaped(text) : text;
}

/**
 * Returns numbers as go-yaml prints them: 64-bit integers with all digits (the largest int64 is 2^63 as a number here),
 * others in the shortest form, with an exponent from a million on.
 */
function numberText(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  if (value === 2 ** 63) return "9223372036854775807";
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 64) return BigInt(value).toString();
  const [mantissa = "", exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
