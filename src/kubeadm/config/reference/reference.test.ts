import { describe, expect, it } from "vitest";
import { isObject, type JsonValue, objectOf } from "../../../values/json.ts";
import { configurationKinds } from "./configuration-kinds.ts";
import { fieldReference } from "./field-reference.ts";
import { kubeProxyReference } from "./kube-proxy-reference.ts";
import { kubeadmReference } from "./kubeadm-reference.ts";
import { kubeletReference } from "./kubelet-reference.ts";

/** Every `Struct.field` below a schema, without those of Kubernetes' core API. */
function fieldsBelow(schema: JsonValue | undefined, found = new Set<string>()): ReadonlySet<string> {
  if (!isObject(schema)) return found;
  const { title, properties, items, additionalProperties } = schema;
  if (title === "EnvVarSource") return found;
  for (const [name, field] of Object.entries(objectOf(properties))) {
    found.add(`${String(title)}.${name}`);
    fieldsBelow(field, found);
  }
  fieldsBelow(items, found);
  fieldsBelow(additionalProperties, found);
  return found;
}

const fields = new Set(configurationKinds.flatMap(({ schema }) => [...fieldsBelow(schema.jsonSchema)]));

describe("the reference of configuration fields", () => {
  it("explains every field that is decoded", () => {
    const unexplained = [...fields].filter((field) => {
      const [struct = "", name = ""] = field.split(".");
      return fieldReference(struct, name) === undefined;
    });
    expect(unexplained).toEqual([]);
  });

  it("explains no field that does not exist", () => {
    const explained = [kubeadmReference, kubeletReference, kubeProxyReference].flatMap((reference) =>
      Object.entries(reference).flatMap(([struct, names]) => Object.keys(names).map((name) => `${struct}.${name}`)),
    );
    expect(explained.filter((field) => !fields.has(field))).toEqual([]);
  });

  it("has whole sentences", () => {
    for (const field of fields) {
      const [struct = "", name = ""] = field.split(".");
      expect(fieldReference(struct, name)?.text, field).toMatch(/^[A-Za-z`/].*[.…]$/);
    }
  });
});
