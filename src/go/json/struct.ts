import type { JsonObject, JsonValue } from "../../values/json.ts";
import { formatDuration } from "../duration.ts";
import type { YamlNode } from "../yaml/node.ts";
import { duration, type EmbeddedIn, isNull, objectOf, type Schema } from "./schema.ts";

/** A field of a Go struct: its allowed values, and when Go writes it. */
export interface GoField {
  readonly schema: Schema<JsonValue>;
  /** `omitempty` omits a zero value; a pointer's zero is a value like any other. */
  readonly writes: "always" | "non-zero" | "given";
  /** Written if no value is given. */
  readonly zero?: JsonValue;
}

type GoFields = Readonly<Record<string, GoField>>;

/** A plain field with `omitempty`. */
export function optional(schema: Schema<JsonValue>): GoField {
  return { schema, writes: "non-zero" };
}

/** A pointer with `omitempty`. */
export function pointer(schema: Schema<JsonValue>): GoField {
  return { schema, writes: "given" };
}

/** A field that Go always writes. */
export function always(schema: Schema<JsonValue>, zero: JsonValue): GoField {
  return { schema, writes: "always", zero };
}

/** A struct within a struct: `omitempty` has no effect on it. */
export function nested(struct: GoStruct): GoField {
  return { schema: struct, writes: "always", zero: struct.zero };
}

/** metav1.Duration, which is a struct in Go and therefore always written. */
export function span(): GoField {
  return always(requiredDuration, "0s");
}

/** Without a pointer, Go decodes null like an empty string, which is not a duration. */
const requiredDuration: Schema<JsonValue> = {
  ...mapped(duration(), formatDuration),
  jsonSchema: { ...duration().jsonSchema, type: "string" },
  decode: (node, place) => {
    if (!isNull(node)) return durationText.decode(node, place);
    const problem = { path: place.path, line: node.line, message: 'time: invalid duration ""', stops: true };
    place.problems.wrong(problem);
    return undefined;
  },
};

export const durationText: Schema<JsonValue> = mapped(duration(), formatDuration);

/** A duration behind a pointer. */
export function optionalSpan(): GoField {
  return pointer(durationText);
}

export type GoStruct = Schema<JsonObject>;

/**
 * An object that is decoded as Go decodes it, with the content that Go would write: durations in their canonical form,
 * no zeros with `omitempty`, nothing else added.
 */
export function goStruct(goType: string, fields: GoFields, embedded: EmbeddedIn = {}): GoStruct {
  const schemas = Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]));
  const schema = objectOf(goType, schemas, embedded);
  return {
    ...schema,
    zero: written({}, fields),
    decode: (node, place) => {
      const decoded = schema.decode(node, place);
      return decoded === undefined ? undefined : written(decoded as Readonly<Record<string, JsonValue>>, fields);
    },
  };
}

function written(values: Readonly<Record<string, JsonValue>>, fields: GoFields): JsonObject {
  const entries = Object.entries(fields).flatMap(([name, { writes, zero }]): readonly [string, JsonValue][] => {
    const value = values[name];
    if (writes === "always") return [[name, value ?? zero ?? null]];
    if (value === undefined || (writes === "non-zero" && isZero(value))) return [];
    return [[name, value]];
  });
  return Object.fromEntries(entries);
}

function isZero(value: JsonValue): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === "" || value === 0 || value === false || value === null;
}

/** A schema whose values are converted by a function. */
export function mapped<T>(schema: Schema<T>, change: (value: T) => JsonValue): Schema<JsonValue> {
  return {
    ...schema,
    zero: change(schema.zero),
    decode: (node: YamlNode, place) => {
      const value = schema.decode(node, place);
      return value === undefined ? undefined : change(value);
    },
  };
}
