import type { JsonObjectSchema } from "../../../go/json/schema.ts";
import { defined } from "../../../values/defined.ts";
import type { JsonValue } from "../../../values/json.ts";
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

type Node = JsonObjectSchema;

/**
 * Explains a kind or a field of it: `InitConfiguration.nodeRegistration.taints`. `version` is that of the kind, `v1beta4`
 * or `kubeadm.k8s.io/v1beta4`; the newest by default. Throws USAGE for a name that does not exist, and names the nearest.
 */
export function explain(path: string, version?: string): Explanation {
  const [kindName = "", ...names] = path.split(".");
  const kind = requireKind(kindName, version);
  let struct: Node = kind.schema.jsonSchema;
  let field: ExplainedField | undefined;
  const walked = [kind.kind];
  for (const name of names) {
    const known = Object.keys(fieldsOf(struct));
    const schema = fieldsOf(struct)[name];
    if (schema === undefined || !known.includes(name))
      throw unknownName(`field "${name}" in "${walked.join(".")}"`, name, known);
    field = explainedField({ struct, name, schema: nodeOf(schema), path: [...walked.slice(1), name], kind });
    walked.push(name);
    struct = elementOf(nodeOf(schema));
  }
  const fields = Object.entries(fieldsOf(struct)).map(([name, schema]) =>
    explainedField({ struct, name, schema: nodeOf(schema), path: [...walked.slice(1), name], kind }),
  );
  return { kind, fields, ...defined({ field }) };
}

interface Found {
  readonly struct: Node;
  readonly name: string;
  readonly schema: Node;
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
  let struct: Node = older.schema.jsonSchema;
  for (const name of path) {
    const field = fieldsOf(struct)[name];
    if (field === undefined) return kind.groupVersion.slice(kind.groupVersion.indexOf("/") + 1);
    struct = elementOf(nodeOf(field));
  }
  return undefined;
}

/** The struct itself, of which a list or a map has many. */
function elementOf(schema: Node): Node {
  const { items, additionalProperties } = schema;
  if (isNode(items)) return elementOf(items);
  return isNode(additionalProperties) ? elementOf(additionalProperties) : schema;
}

function fieldsOf(schema: Node): Node {
  return nodeOf(schema["properties"]);
}

function valuesOf(schema: Node): readonly string[] {
  const values = elementOf(schema)["enum"];
  return Array.isArray(values) ? values.filter((value) => typeof value === "string" && value !== "") : [];
}

function typeName(schema: Node): string {
  const { items, additionalProperties, title } = schema;
  if (isNode(items)) return `[]${typeName(items)}`;
  if (isNode(additionalProperties)) return `map[string]${typeName(additionalProperties)}`;
  if (typeof title === "string") return title;
  if (schema["enum"] !== undefined) return "string";
  const types = [schema["type"]].flat().filter((type) => typeof type === "string" && type !== "null");
  return types.length === 0 ? "Object" : types.join("|");
}

function nodeOf(value: JsonValue | Node | undefined): Node {
  return isNode(value) ? value : {};
}

function isNode(value: JsonValue | Node | undefined): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
