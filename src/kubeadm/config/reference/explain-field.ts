import { defined } from "../../../values/defined.ts";
import { isObject, type JsonObject, objectOf } from "../../../values/json.ts";
import { type ConfigurationKind, configurationKinds, requireKind, unknownName } from "./configuration-kinds.ts";
import { fieldReference } from "./field-reference.ts";
import type { FieldReference } from "./reference-types.ts";

/** A field of a kind. */
export interface ExplainedField {
  readonly name: string;
  /** As kubectl writes it: `string`, `[]Taint`, `map[string]boolean`, `Duration`. */
  readonly type: string;
  readonly isRequired: boolean;
  /** The values that are accepted, if there is a list of them. */
  readonly values: readonly string[];
  /** The version that introduced the field, if an older one is read, too: `v1beta4`. */
  readonly since?: string;
  readonly reference?: FieldReference;
}

export interface Explanation {
  readonly kind: ConfigurationKind;
  /** Undefined if the kind itself is explained. */
  readonly field?: ExplainedField;
  /** The fields below it. */
  readonly fields: readonly ExplainedField[];
}

/**
 * Explains a kind or a field of it: `InitConfiguration.nodeRegistration.taints`. `version` is that of the kind, `v1beta4`
 * or `kubeadm.k8s.io/v1beta4`; the newest by default. Throws USAGE for a name that does not exist, and names the nearest.
 */
export function explain(path: string, version?: string): Explanation {
  const [kindName = "", ...names] = path.split(".");
  const kind = requireKind(kindName, version);
  let struct: JsonObject = kind.schema.jsonSchema;
  let field: ExplainedField | undefined;
  const walked = [kind.kind];
  for (const name of names) {
    const known = Object.keys(fieldsOf(struct));
    const schema = fieldsOf(struct)[name];
    if (schema === undefined || !known.includes(name))
      throw unknownName(`field "${name}" in "${walked.join(".")}"`, name, known);
    field = explainedField({ struct, name, schema: objectOf(schema), path: [...walked.slice(1), name], kind });
    walked.push(name);
    struct = elementOf(objectOf(schema));
  }
  const fields = Object.entries(fieldsOf(struct)).map(([name, schema]) =>
    explainedField({ struct, name, schema: objectOf(schema), path: [...walked.slice(1), name], kind }),
  );
  return { kind, fields, ...defined({ field }) };
}

interface Found {
  readonly struct: JsonObject;
  readonly name: string;
  readonly schema: JsonObject;
  /** From the kind to the field. */
  readonly path: readonly string[];
  readonly kind: ConfigurationKind;
}

function explainedField({ struct, name, schema, path, kind }: Found): ExplainedField {
  const title = typeof struct["title"] === "string" ? struct["title"] : "";
  return {
    name,
    type: typeName(schema),
    isRequired: path.length === 1 && kind.required.includes(name),
    values: valuesOf(schema),
    ...defined({ reference: fieldReference(title, name), since: introducedIn(kind, path) }),
  };
}

/** Undefined if an older version of the kind has the field, or if no older one is read. */
function introducedIn(kind: ConfigurationKind, path: readonly string[]): string | undefined {
  const older = configurationKinds.find((each) => each.kind === kind.kind && each !== kind && each.isDeprecated);
  if (older === undefined || kind.isDeprecated) return undefined;
  let struct: JsonObject = older.schema.jsonSchema;
  for (const name of path) {
    const field = fieldsOf(struct)[name];
    if (field === undefined) return kind.groupVersion.slice(kind.groupVersion.indexOf("/") + 1);
    struct = elementOf(objectOf(field));
  }
  return undefined;
}

/** The struct itself, of which a list or a map has many. */
function elementOf(schema: JsonObject): JsonObject {
  const { items, additionalProperties } = schema;
  if (isObject(items)) return elementOf(items);
  return isObject(additionalProperties) ? elementOf(additionalProperties) : schema;
}

function fieldsOf(schema: JsonObject): JsonObject {
  return objectOf(schema["properties"]);
}

function valuesOf(schema: JsonObject): readonly string[] {
  const values = elementOf(schema)["enum"];
  return Array.isArray(values) ? values.filter((value) => typeof value === "string" && value !== "") : [];
}

function typeName(schema: JsonObject): string {
  const { items, additionalProperties, title } = schema;
  if (isObject(items)) return `[]${typeName(items)}`;
  if (isObject(additionalProperties)) return `map[string]${typeName(additionalProperties)}`;
  if (typeof title === "string") return title;
  if (schema["enum"] !== undefined) return "string";
  const types = [schema["type"]].flat().filter((type) => typeof type === "string" && type !== "null");
  return types.length === 0 ? "Object" : types.join("|");
}
