import { boolean, float, integer, listOf, mapOf, type Schema, string } from "../go/json/schema.ts";
import { always, type GoField, type GoStruct, goStruct, optional, pointer } from "../go/json/struct.ts";
import type { JsonValue } from "../values/json.ts";

/** When Go writes a field: always, unless it is zero, when it is given, or always, as null where it is not given. */
type Writes = "!" | "?" | "*" | "~";

/** The schemas of types that have a form of their own in JSON, by their names in a table. */
export type Leaves = Readonly<Record<string, (writes: Writes | undefined) => Schema<JsonValue>>>;

/** Fields that are not as the table says, by struct. */
export type Exceptions = Readonly<Record<string, Readonly<Record<string, GoField>>>>;

/**
 * Returns the structs of a table that was generated from Go's types, decoded and written as Go does. Fields read
 * `<name><writes><type>`; a name's prefix is the embedded struct that has the field.
 */
export function structTable(
  table: Readonly<Record<string, string | readonly string[]>>,
  leaves: Leaves,
  exceptions: Exceptions = {},
): (name: string) => GoStruct {
  const structs = new Map<string, GoStruct>();

  function struct(name: string): GoStruct {
    const known = structs.get(name);
    if (known !== undefined) return known;
    const fields: Record<string, GoField> = {};
    const embedded: Record<string, string> = {};
    const listed = table[name] ?? [];
    for (const entry of typeof listed === "string" ? listed.split(" ").filter((each) => each !== "") : listed) {
      const [, outer = "", field = "", written = "", type = ""] = fieldForm.exec(entry) ?? [];
      const writes = written as Writes;
      fields[field] = goField(writes, schemaOf(type, writes));
      if (outer !== "") embedded[field] = outer;
    }
    const schema = goStruct(name, { ...fields, ...exceptions[name] }, embedded);
    structs.set(name, schema);
    return schema;
  }

  /** For a type in the notation of the table: `[]v1.Volume`, `v1.DNSPolicy=string`. */
  function schemaOf(type: string, writes?: Writes): Schema<JsonValue> {
    const [, name, target] = /^([\w.]+)=(.+)$/.exec(type) ?? [];
    if (name !== undefined && target !== undefined) return named(name, target);
    if (type.startsWith("[]")) return listSchema(type.slice(2));
    const [, key, value] = mapForm.exec(type) ?? [];
    if (key !== undefined && value !== undefined) return mapSchema(value, `map[${key}]${value}`);
    return leaves[type]?.(writes) ?? plain(type) ?? struct(type);
  }

  function named(name: string, target: string): Schema<JsonValue> {
    if (target.startsWith("[]")) return listSchema(target.slice(2), name);
    const [, , value] = mapForm.exec(target) ?? [];
    const schema = value === undefined ? plain(target, name) : mapSchema(value, name);
    if (schema === undefined) throw new Error(`no schema for ${name}, which is a ${target}`);
    return schema;
  }

  function listSchema(item: string, goType?: string): Schema<JsonValue> {
    return { ...listOf(schemaOf(item), goType), zero: null };
  }

  function mapSchema(value: string, goType: string): Schema<JsonValue> {
    return { ...mapOf(schemaOf(value), goType), zero: null };
  }

  return struct;
}

const fieldForm = /^(?:([\w.]+)\.)?(\w+)([!?*~])(.+)$/;
const mapForm = /^map\[([^\]]+)\](.+)$/;

function goField(writes: Writes, schema: Schema<JsonValue>): GoField {
  if (writes === "*") return pointer(schema);
  if (writes === "?") return optional(schema);
  return always(schema, writes === "~" ? null : schema.zero);
}

function plain(type: string, name = type): Schema<JsonValue> | undefined {
  if (type === "string") return string(name);
  if (type === "bool") return boolean();
  if (type === "int32" || type === "int64" || type === "uint32") return integer(type, name);
  return type === "float32" || type === "float64" ? float(type) : undefined;
}
