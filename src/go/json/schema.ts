import { Secret } from "../../errors/secret.ts";
import type { JsonObject, JsonValue } from "../../values/json.ts";
import { DurationError, parseDuration } from "../duration.ts";
import { goQuote } from "../quote.ts";
import { isOf64Bits, toJson, type YamlEntry, type YamlNode, type YamlScalar } from "../yaml/node.ts";

/**
 * The allowed values of part of a configuration. One declaration yields the TypeScript type, the decoder with Go's
 * messages (encoding/json under apimachinery), and the JSON Schema. Every field is optional and `null` counts as
 * absent, as in Go.
 */
export interface Schema<T> {
  /** Name of the Go type, for messages. */
  readonly goType: string;
  /** JSON Schema (draft 2020-12) of what is accepted. */
  readonly jsonSchema: JsonObject;
  /** Go's value for null in a list or a map, where null is still an entry. */
  readonly zero: T;
  /** Undefined for null and for an invalid value, which is reported to `place.problems`. */
  decode(node: YamlNode, place: Place): T | undefined;
}

export type Decoded<S> = S extends Schema<infer T> ? T : never;

/** The position of a decoder, and where it reports problems. */
export interface Place {
  /** The Kubernetes path, with indices. */
  readonly path: string;
  /** Go's name: the innermost struct, then the path without indices. Undefined at the root. */
  readonly goField: string | undefined;
  readonly problems: Problems;
}

export interface Problems {
  /** `stops`: Go gives up immediately, so this error takes precedence over type errors found earlier. */
  wrong(problem: { path: string; line: number; message: string; stops: boolean }): void;
  unknownField(field: { path: string; line: number; name: string; known: readonly string[] }): void;
}

type Fields = Readonly<Record<string, Schema<unknown>>>;
type ObjectOf<F extends Fields> = { readonly [K in keyof F]?: Decoded<F[K]> };

function kindOf(node: YamlNode): string {
  if (node.kind === "map") return "object";
  if (node.kind === "list") return "array";
  return typeof node.value === "boolean" ? "bool" : typeof node.value;
}

export function isNull(node: YamlNode): boolean {
  return node.kind === "scalar" && node.value === null;
}

export function wrongType(
  node: YamlNode,
  place: Place,
  goType: string,
  options: { detail?: string; stops?: boolean } = {},
) {
  const target = place.goField === undefined ? "Go value" : `Go struct field ${place.goField}`;
  const message = `json: cannot unmarshal ${kindOf(node)}${options.detail ?? ""} into ${target} of type ${goType}`;
  place.problems.wrong({ path: place.path, line: node.line, message, stops: options.stops ?? false });
}

/** A scalar that `accept` converts to the value, or refuses with undefined. */
function scalar<T>(
  goType: string,
  jsonSchema: JsonObject,
  zero: T,
  accept: (value: string | number | boolean, node: YamlScalar) => T | undefined,
): Schema<T> {
  return {
    goType,
    jsonSchema,
    zero,
    decode: (node, place) => {
      if (isNull(node)) return undefined;
      const value = node.kind === "scalar" && node.value !== null ? accept(node.value, node) : undefined;
      if (value !== undefined) return value;
      const isNumber = kindOf(node) === "number" && [jsonSchema["type"]].flat().includes("integer");
      wrongType(node, place, goType, isNumber ? { detail: ` ${numberText(node)}` } : {});
      return undefined;
    },
  };
}

/** The text as in the JSON that Go reads, which is generated from a YAML text. */
function numberText(node: YamlNode): string {
  if (node.kind !== "scalar") return "";
  const isExact = typeof node.value === "number" && Math.abs(node.value) <= Number.MAX_SAFE_INTEGER;
  return node.isNoInteger === true || (!isExact && isOf64Bits(node.text)) ? node.text : String(node.value);
}

export function string(goType = "string"): Schema<string> {
  return scalar(goType, { type: ["string", "null"] }, "", (value) => (typeof value === "string" ? value : undefined));
}

/**
 * One of several strings. Other strings are not an error here, since validation reports them better: the list is for
 * readers and editors.
 */
export function oneOf(values: readonly string[], goType = "string"): Schema<string> {
  return { ...string(goType), jsonSchema: { enum: [...values, "", null] } };
}

/** A string that must not be printed. */
export function secret(): Schema<Secret> {
  return scalar("string", { type: ["string", "null"] }, new Secret(""), (value) =>
    typeof value === "string" ? new Secret(value) : undefined,
  );
}

export function boolean(): Schema<boolean> {
  return scalar("bool", { type: ["boolean", "null"] }, false, (value) =>
    typeof value === "boolean" ? value : undefined,
  );
}

const mostInt64 = "9223372036854775807";

/** `name` is the name of the Go integer type, for messages. */
export function integer(goType: "int32" | "int64" | "int" | "uint32" = "int32", name: string = goType): Schema<number> {
  const most = goType === "int32" ? 2 ** 31 : goType === "uint32" ? 2 ** 32 : 2 ** 63;
  const least = goType === "uint32" ? 0 : -most;
  return scalar(name, { type: ["integer", "null"] }, 0, (value, { isNoInteger = false, text }) => {
    if (typeof value !== "number" || !Number.isInteger(value) || isNoInteger) return undefined;
    // The largest int64 stands for "no limit": as a number it becomes the next one, and is written as the original
    // again.
    return (value >= least && value < most) || (most === 2 ** 63 && text === mostInt64) ? value : undefined;
  });
}

export function float(goType: "float32" | "float64"): Schema<number> {
  return scalar(goType, { type: ["number", "null"] }, 0, (value) => (typeof value === "number" ? value : undefined));
}

/** metav1.Duration: a Go duration such as `4m0s`; milliseconds in TypeScript. */
export function duration(): Schema<number> {
  const pattern = "^[-+]?(0|([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$";
  return {
    goType: "v1.Duration",
    jsonSchema: { title: "Duration", type: ["string", "null"], pattern },
    zero: 0,
    decode: (node, place) => {
      if (isNull(node)) return undefined;
      if (node.kind !== "scalar" || typeof node.value !== "string") {
        wrongType(node, place, "string", { stops: true });
        return undefined;
      }
      try {
        return parseDuration(node.value);
      } catch (error) {
        if (!(error instanceof DurationError)) throw error;
        place.problems.wrong({ path: place.path, line: node.line, message: error.message, stops: true });
        return undefined;
      }
    },
  };
}

const timeForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[-+]\d{2}:\d{2})$/;

/** metav1.Time: RFC 3339; kept as a string. */
export function time(): Schema<string> {
  return {
    goType: "v1.Time",
    jsonSchema: { title: "Time", type: ["string", "null"], format: "date-time" },
    zero: "",
    decode: (node, place) => {
      if (isNull(node)) return undefined;
      const text = node.kind === "scalar" ? node.value : undefined;
      if (typeof text !== "string") {
        wrongType(node, place, "string", { stops: true });
        return undefined;
      }
      if (timeForm.test(text) && !Number.isNaN(Date.parse(text))) return text;
      const message = `parsing time ${goQuote(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${goQuote(text)} as "2006"`;
      place.problems.wrong({ path: place.path, line: node.line, message, stops: true });
      return undefined;
    },
  };
}

/** Anything, as plain JSON: values that this program only passes on. */
export function json(): Schema<JsonValue> {
  return {
    goType: "runtime.RawExtension",
    jsonSchema: {},
    zero: null,
    decode: (node) => (isNull(node) ? undefined : toJson(node)),
  };
}

export function listOf<T>(item: Schema<T>, goType = `[]${item.goType}`): Schema<readonly T[]> {
  return {
    goType,
    jsonSchema: { type: ["array", "null"], items: item.jsonSchema },
    zero: [],
    decode: (node, place) => {
      if (isNull(node)) return undefined;
      if (node.kind !== "list") {
        wrongType(node, place, goType);
        return undefined;
      }
      return node.items.map(
        (entry, index) => item.decode(entry, { ...place, path: `${place.path}[${index}]` }) ?? item.zero,
      );
    },
  };
}

export function mapOf<T>(value: Schema<T>, goType = `map[string]${value.goType}`): Schema<Readonly<Record<string, T>>> {
  return {
    goType,
    jsonSchema: { type: ["object", "null"], additionalProperties: value.jsonSchema },
    zero: {},
    decode: (node, place) => {
      if (isNull(node)) return undefined;
      if (node.kind !== "map") {
        wrongType(node, place, goType);
        return undefined;
      }
      const below = (key: string) => ({ ...place, path: `${place.path}[${key}]` });
      return Object.fromEntries(
        sortedEntries(node.entries).map((entry) => [
          entry.key,
          value.decode(entry.value, below(entry.key)) ?? value.zero,
        ]),
      );
    },
  };
}

/** The embedded struct in which Go declares the field; messages then contain its name. */
export type EmbeddedIn = Readonly<Record<string, string>>;

export function embeddedIn(struct: string, fields: Fields): EmbeddedIn {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, struct]));
}

/** An object with these fields; `goType` is Go's name for it: `v1beta4.JoinConfiguration`. */
export function objectOf<const F extends Fields>(
  goType: string,
  fields: F,
  embedded: EmbeddedIn = {},
): Schema<ObjectOf<F>> {
  const structName = goType.slice(goType.lastIndexOf(".") + 1);
  const known = Object.keys(fields);
  const properties = Object.fromEntries(known.map((name) => [name, fields[name]?.jsonSchema ?? {}]));
  return {
    goType,
    jsonSchema: { title: structName, type: ["object", "null"], additionalProperties: false, properties },
    zero: {},
    decode: (node, place) => {
      if (isNull(node)) return undefined;
      if (node.kind !== "map") {
        wrongType(node, place, goType);
        return undefined;
      }
      const decoded = new Map<string, unknown>();
      for (const entry of sortedEntries(node.entries)) {
        const path = place.path === "" ? entry.key : `${place.path}.${entry.key}`;
        const field = Object.hasOwn(fields, entry.key) ? fields[entry.key] : undefined;
        if (field === undefined) {
          place.problems.unknownField({ path, line: entry.line, name: entry.key, known });
          continue;
        }
        const struct = Object.hasOwn(embedded, entry.key) ? embedded[entry.key] : undefined;
        const goName = struct === undefined ? entry.key : `${struct}.${entry.key}`;
        const value = field.decode(entry.value, { ...place, path, goField: goFieldBelow(place, structName, goName) });
        if (value !== undefined) decoded.set(entry.key, value);
      }
      return Object.fromEntries(decoded) as ObjectOf<F>;
    },
  };
}

function goFieldBelow(place: Place, structName: string, key: string): string {
  const parent = place.goField === undefined ? "" : place.goField.slice(place.goField.indexOf(".") + 1);
  return parent === "" ? `${structName}.${key}` : `${structName}.${parent}.${key}`;
}

/** In Go's order: YAML is converted to JSON with sorted keys, and the last of equal keys counts. */
function sortedEntries(entries: readonly YamlEntry[]): readonly YamlEntry[] {
  const last = new Map(entries.map((entry) => [entry.key, entry]));
  return [...last.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}
