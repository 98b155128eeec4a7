import { Secret } from "../../errors/secret.ts";
import { parseBool } from "../../go/bool.ts";
import { formatCsvRecord, parseCsvRecord } from "../../go/csv.ts";
import { formatDuration, parseDuration } from "../../go/duration.ts";
import { goQuote } from "../../go/quote.ts";
import type { Arg } from "../../kubeadm/config/fields/node-registration.ts";
import type { FlagSpec, FlagType, FlagValues, ModulePattern } from "../../kubeadm/flags/flag.ts";

/** What is wrong with a flag's value, in Go's words; whoever parses names the flag. */
class FlagValueError extends Error {}

export interface FlagTypeRules<V> {
  /** As help shows it after the name; empty for none. */
  readonly shown: string;
  readonly zero: V;
  readonly noOptDefault?: string;
  /** `earlier` is what the same command line has set before. Throws an Error with Go's words. */
  parse(text: string, earlier: V | undefined): V;
  /** As Go prints it, for help. */
  format(value: V): string;
}

const flagTypes: { readonly [T in FlagType]: FlagTypeRules<FlagValues[T]> } = {
  string: { shown: "string", zero: "", parse: (text) => text, format: (value) => value },
  secret: { shown: "string", zero: new Secret(""), parse: (text) => new Secret(text), format: () => "" },
  bool: { shown: "", zero: false, noOptDefault: "true", parse: requireBool, format: String },
  int: { shown: "int", zero: 0, parse: (text) => parseInteger(text, { base: 0, bits: 64n }), format: String },
  int32: { shown: "int32", zero: 0, parse: (text) => parseInteger(text, { base: 0, bits: 32n }), format: String },
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
  level: { shown: "Level", zero: 0, parse: (text) => parseInteger(text, { base: 10, bits: 32n }), format: String },
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

/** Go's strconv.ParseInt; base 0 takes Go's prefixes and underscores too. */
function parseInteger(text: string, { base, bits }: { readonly base: 0 | 10; readonly bits: bigint }): number {
  const fail = (reason: string) => new FlagValueError(`strconv.ParseInt: parsing ${goQuote(text)}: ${reason}`);
  const sign = /^[+-]/.test(text) ? text.slice(0, 1) : "";
  const digits = text.slice(sign.length);
  const magnitude = base === 10 ? decimalDigits(digits) : goLiteral(digits);
  if (magnitude === undefined) throw fail("invalid syntax");
  const value = sign === "-" ? -magnitude : magnitude;
  const limit = 1n << (bits - 1n);
  if (value >= limit || value < -limit) throw fail("value out of range");
  return Number(value);
}

function decimalDigits(text: string): bigint | undefined {
  return /^[0-9]+$/.test(text) ? BigInt(text) : undefined;
}

/** An unsigned Go integer literal: 0x1F, 0b1, 0o17, 017, 1_000. */
function goLiteral(text: string): bigint | undefined {
  const [, prefix = "", digits = ""] = /^(0[xXbBoO]|0(?=[0-9_]))?(.*)$/.exec(text) ?? [];
  const underscored = prefix === "" ? /^[0-9]+(_[0-9]+)*$/ : /^(_?[0-9a-fA-F]+)+$/;
  if (!underscored.test(digits)) return undefined;
  const plain = digits.replaceAll("_", "");
  switch (prefix.toLowerCase()) {
    case "0x":
      return BigInt(`0x${plain}`);
    case "0b":
      return /^[01]+$/.test(plain) ? BigInt(`0b${plain}`) : undefined;
    case "0o":
    case "0":
      return /^[0-7]+$/.test(plain) ? BigInt(`0o${plain}`) : undefined;
    default:
      return decimalDigits(plain);
  }
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
