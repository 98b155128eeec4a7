import { isObject, type JsonObject, type JsonValue, objectOf } from "../../../values/json.ts";
import { type ConfigurationKind, requireKind } from "./configuration-kinds.ts";
import { fieldReference } from "./field-reference.ts";

const draft = "https://json-schema.org/draft/2020-12/schema";

/**
 * Returns the JSON Schema (draft 2020-12, https://json-schema.org/draft/2020-12) of a kind: what the decoder accepts,
 * with descriptions, defaults and deprecations. It says nothing of rules that concern several fields.
 */
export function configurationSchema(kind: ConfigurationKind): JsonObject {
  const { properties, ...decoded } = documented(kind.schema.jsonSchema);
  return {
    $schema: draft,
    ...decoded,
    title: `${kind.kind} of ${kind.groupVersion}`,
    type: "object",
    required: kind.required,
    ...(kind.isDeprecated ? { deprecated: true } : {}),
    properties: Object.fromEntries(
      Object.entries(objectOf(properties)).map(([name, field]) => [
        name,
        { ...objectOf(field), ...(kind.required.includes(name) ? required(name, objectOf(field), kind) : {}) },
      ]),
    ),
  };
}

/**
 * Returns the JSON Schema (draft 2020-12) of a kind of configuration by name, as `kubeadm config schema` prints it.
 * `version`: `v1beta3` or `kubeadm.k8s.io/v1beta3`; the newest by default. Throws USAGE for a kind that does not exist.
 */
export function jsonSchemaOf(kind: string, version?: string): JsonObject {
  return configurationSchema(requireKind(kind, version));
}

/**
 * Returns one JSON Schema for documents of any kind, which an editor can use for every configuration file: `apiVersion` and
 * `kind` decide which of the kinds a document has to be.
 */
export function schemaOfAllKinds(kinds: readonly ConfigurationKind[]): JsonObject {
  const name = ({ kind, groupVersion }: ConfigurationKind) => `${groupVersion}.${kind}`.replaceAll("/", ".");
  return {
    $schema: draft,
    title: "Configuration of kubeadm",
    type: "object",
    required: ["apiVersion", "kind"],
    properties: {
      apiVersion: { enum: [...new Set(kinds.map(({ groupVersion }) => groupVersion))] },
      kind: { enum: [...new Set(kinds.map(({ kind }) => kind))] },
    },
    allOf: kinds.map((kind) => ({
      if: { properties: { apiVersion: { const: kind.groupVersion }, kind: { const: kind.kind } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nothing awaits a schema.
      then: { $ref: `#/$defs/${name(kind)}` },
    })),
    $defs: Object.fromEntries(kinds.map((kind) => [name(kind), withoutDraft(configurationSchema(kind))])),
  };
}

function withoutDraft({ $schema, ...schema }: JsonObject): JsonObject {
  return schema;
}

/** A field that a file must have is not null either. */
function required(name: string, { type }: JsonObject, { kind, groupVersion }: ConfigurationKind): JsonObject {
  if (name === "apiVersion") return { type: "string", const: groupVersion };
  if (name === "kind") return { type: "string", const: kind };
  return { type: [type].flat().filter((each) => each !== "null") as readonly string[] };
}

/** Adds what is known of the fields of each struct, however deep. */
function documented(schema: JsonObject): JsonObject {
  const { title, properties, items, additionalProperties } = schema;
  const changed: Record<string, JsonValue> = { ...schema };
  if (isObject(items)) changed["items"] = documented(items);
  if (isObject(additionalProperties)) changed["additionalProperties"] = documented(additionalProperties);
  if (isObject(properties) && typeof title === "string") {
    changed["properties"] = Object.fromEntries(
      Object.entries(properties).map(([name, field]) => [name, documentedField(title, name, objectOf(field))]),
    );
  }
  return changed;
}

function documentedField(struct: string, name: string, field: JsonObject): JsonObject {
  const reference = fieldReference(struct, name);
  if (reference === undefined) return documented(field);
  const { text, default: value, later, deprecated } = reference;
  const description = [
    text,
    ...(value === undefined ? [] : [`Default: ${value}.`]),
    ...(deprecated === undefined ? [] : [`Deprecated: use ${deprecated}.`]),
    ...(later === undefined ? [] : [`To change it later: ${later}`]),
  ].join("\n\n");
  const literal = value === undefined ? undefined : literalOf(value, field);
  return {
    ...documented(field),
    description,
    ...(literal === undefined ? {} : { default: literal }),
    ...(deprecated === undefined ? {} : { deprecated: true }),
  };
}

/** A default that can be written in a file; undefined for one in words. */
function literalOf(value: string, { type, enum: values }: JsonObject): JsonValue | undefined {
  const types = [type].flat();
  if (Array.isArray(values)) return values.includes(value) ? value : undefined;
  if (types.includes("boolean")) return value === "true" ? true : value === "false" ? false : undefined;
  if (types.includes("integer") || types.includes("number")) return /^-?\d+$/.test(value) ? Number(value) : undefined;
  if (types.includes("array")) return value === "[]" ? [] : undefined;
  if (types.includes("object")) return value === "{}" ? {} : undefined;
  return types.includes("string") && !/[ ,]/.test(value) ? value.replace(/^""$/, "") : undefined;
}
