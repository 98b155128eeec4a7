import { Secret } from "../../errors/secret.ts";
import { parseBool } from "../../go/bool.ts";
import { formatCsvRecord, parseCsvRecord } from "../../go/csv.ts";
import { formatDuration, parseDuration } from "../../go/duration.ts";
import { parseInteger } from "../../go/integer.ts";
import { goQuote } from "../../go/quote.ts";
import type { Arg } from "../../kubeadm/config/fields/node-registration.ts";
import type { FlagSpec, FlagType, FlagValues, ModulePattern } from "../../kubeadm/flags/flag.ts";

/** What is wrong with a flag's value, in Go's words. The parser of the command line adds the flag's name. */
class FlagValueError extends Error {}

export interface FlagTypeRules<V> {
  /** The text that help shows after the flag's name; empty for none. */
  readonly shown: string;
  readonly zero: V;
  readonly noOptDefault?: string;
  /** Parses a value; `earlier` is that of the same flag before it on the command line. Throws an Error in Go's words. */
  parse(text: string, earlier: V | undefined): V;
  /** Returns the value as Go prints it, for help. */
  format(value: V): string;
}

const flagTypes: { readonly [T in FlagType]: FlagTypeRules<FlagValues[T]> } = {
  string: { shown: "string", zero: "", parse: (text) => text, format: (value) => value },
  secret: { shown: "string", zero: new Secret(""), parse: (text) => new Secret(text), format: () => "" },
  bool: { shown: "", zero: false, noOptDefault: "true", parse: requireBool, format: String },
  int: { shown: "int", zero: 0, parse: (text) => requireInteger(text, { base: 0, bits: 64n }), format: String },
  int32: { shown: "int32", zero: 0, parse: (text) => requireInteger(text, { base: 0, bits: 32n }), format: String },
  strings: {
    shown: "strings",
    zero: [],
    parse: (text, earlier = []) => [...earlier, ...(text === "" ? [] : parseCsvRecord(text))],
    format: (values) => `[${formatCsvRecord(values)}]`,
  },
  stringArray: {
    shown: "stringArray",
    zero: [],
    parse: (text, earlier = []) => [...earlier, text],
    format: (values) => `[${formatCsvRecord(values)}]`,
  },
  duration: { shown: "duration", zero: 0, parse: parseDuration, format: formatDuration },
  arguments: {
    shown: "[]kubeadmapiv1.Arg",
    zero: [],
    parse: (text, earlier = []) => [...earlier, ...text.split(",").map((pair) => parseArgument(pair, text))],
    format: (values) => values.map(({ name, value }) => `${name}=${value}`).join(","),
  },
  level: { shown: "Level", zero: 0, parse: (text) => requireInteger(text, { base: 10, bits: 32n }), format: String },
  moduleSpec: { shown: "moduleSpec", zero: [], parse: parseModuleSpec, format: () => "" },
};

/** The rules of a flag's type, for code that handles flags of all types alike. */
export function rulesOf(flag: FlagSpec): FlagTypeRules<unknown> {
  return flagTypes[flag.type] as FlagTypeRules<unknown>;
}

export function defaultOf(flag: FlagSpec): unknown {
  return flag.default ?? rulesOf(flag).zero;
}

/** What the flag means without a value; undefined where it needs one. */
export function noOptDefaultOf(flag: FlagSpec): string | undefined {
  return flag.noOptDefault ?? rulesOf(flag).noOptDefault;
}

function parseArgument(pair: string, text: string): Arg {
  const [name = "", value, ...more] = pair.split("=");
  if (value !== undefined && more.length === 0) return { name, value };
  throw new FlagValueError(`malformed key=value pair in flag value: ${text}`);
}

function requireBool(text: string): boolean {
  const value = parseBool(text);
  if (value !== undefined) return value;
  throw new FlagValueError(`strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`);
}

function requireInteger(text: string, options: Parameters<typeof parseInteger>[1]): number {
  const value = parseInteger(text, options);
  if (typeof value === "number") return value;
  throw new FlagValueError(`strconv.ParseInt: parsing ${goQuote(text)}: ${value}`);
}

/** The rules of klog's --vmodule. */
function parseModuleSpec(text: string): readonly ModulePattern[] {
  return text.split(",").flatMap((part) => {
    if (part === "") return [];
    const [pattern = "", level = "", ...more] = part.split("=");
    const malformed = pattern === "" || level === "" || more.length > 0 || !/^[+-]?[0-9]+$/.test(level);
    const value = malformed ? Number.NaN : Number(level);
    if (Number.isNaN(value) || Math.abs(value) > 2 ** 31 - 1) {
      throw new FlagValueError("syntax error: expect comma-separated list of filename=N");
    }
    if (value < 0) throw new FlagValueError("negative value for vmodule level");
    return value === 0 ? [] : [{ pattern, level: value }];
  });
}
