import {
  boolean,
  integer,
  isNull,
  json,
  listOf,
  mapOf,
  type Schema,
  string,
  time,
  wrongType,
} from "../../go/json/schema.ts";
import { always, type GoField, type GoStruct, goStruct, mapped, optional, pointer } from "../../go/json/struct.ts";
import type { JsonValue } from "../../values/json.ts";
import { podTypes } from "../gen/pod-types.ts";
import { quantity } from "../quantity-schema.ts";

const structs = new Map<string, GoStruct>();

/** Returns the schema of a struct of core/v1, such as `v1.Pod`: decoded and written as Go does. */
export function coreStruct(name: string): GoStruct {
  const known = structs.get(name);
  if (known !== undefined) return known;
  const fields: Record<string, GoField> = {};
  const embedded: Record<string, string> = {};
  for (const entry of (podTypes[name] ?? "").split(" ").filter((each) => each !== "")) {
    const [, struct = "", field = "", writes = "", type = ""] = fieldForm.exec(entry) ?? [];
    fields[field] = goField(writes, schemaOf(type));
    if (struct !== "") embedded[field] = struct;
  }
  const schema = goStruct(name, fields, embedded);
  structs.set(name, schema);
  return schema;
}

const fieldForm = /^(?:([\w.]+)\.)?(\w+)([!?*~])(.+)$/;

function goField(writes: string, schema: Schema<JsonValue>): GoField {
  if (writes === "*") return pointer(schema);
  if (writes === "?") return optional(schema);
  return always(schema, writes === "~" ? null : schema.zero);
}

/** For a type in the notation of the table: `[]v1.Volume`, `v1.DNSPolicy=string`. */
function schemaOf(type: string): Schema<JsonValue> {
  const [, name, target] = /^([\w.]+)=(.+)$/.exec(type) ?? [];
  if (name !== undefined && target !== undefined) return named(name, target);
  if (type.startsWith("[]")) return { ...listOf(schemaOf(type.slice(2))), zero: null };
  const [, key, value] = /^map\[([^\]]+)\](.+)$/.exec(type) ?? [];
  if (key !== undefined && value !== undefined) return mapSchema(value, `map[${key}]${value}`);
  const simple = simpleTypes[type];
  return simple === undefined ? coreStruct(type) : simple();
}

function named(name: string, target: string): Schema<JsonValue> {
  if (target === "string") return string(name);
  const map = /^map\[[^\]]+\](.+)$/.exec(target)?.[1];
  if (map === undefined) throw new Error(`no schema for ${name}, which is a ${target}`);
  return mapSchema(map, name);
}

function mapSchema(value: string, goType: string): Schema<JsonValue> {
  return { ...mapOf(schemaOf(value), goType), zero: null };
}

const simpleTypes: Readonly<Record<string, () => Schema<JsonValue>>> = {
  string: () => string(),
  bool: () => boolean(),
  int32: () => integer("int32"),
  int64: () => integer("int64"),
  Quantity: () => quantity(),
  IntOrString: () => intOrString(),
  Time: () => utcTime(),
  FieldsV1: () => json(),
};

/** metav1.Time is written in UTC with whole seconds. */
function utcTime(): Schema<JsonValue> {
  const written = mapped(time(), (text) => (text === "" ? null : `${new Date(text).toISOString().slice(0, 19)}Z`));
  return { ...written, zero: null };
}

/** intstr.IntOrString: a port by number or by name. */
function intOrString(): Schema<JsonValue> {
  const number = integer("int32");
  return {
    goType: "intstr.IntOrString",
    jsonSchema: { type: ["string", "integer", "null"] },
    zero: 0,
    decode: (node, place) => {
      if (isNull(node)) return 0;
      if (node.kind !== "scalar") {
        wrongType(node, place, "int32", { stops: true });
        return undefined;
      }
      if (typeof node.value === "string") return node.value;
      const stopping = {
        ...place.problems,
        wrong: (problem: Parameters<typeof place.problems.wrong>[0]) =>
          place.problems.wrong({ ...problem, stops: true }),
      };
      return number.decode(node, { ...place, problems: stopping });
    },
  };
}
