import type { JsonObjectSchema } from "../../../go/json/schema.ts";
import { joinConfigurationV1beta4, v1beta4GroupVersion } from "../versions/v1beta4.ts";

/**
 * Returns the JSON Schema (draft 2020-12, https://json-schema.org/draft/2020-12) of a v1beta4 JoinConfiguration, for
 * editors. It is generated from the schema that decodes configuration files.
 */
export function joinConfigurationSchema(): JsonObjectSchema {
  const { properties } = joinConfigurationV1beta4.jsonSchema;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "JoinConfiguration of kubeadm.k8s.io/v1beta4",
    ...joinConfigurationV1beta4.jsonSchema,
    type: "object",
    required: ["apiVersion", "kind", "discovery"],
    properties: {
      ...(properties as JsonObjectSchema),
      apiVersion: { const: v1beta4GroupVersion },
      kind: { const: "JoinConfiguration" },
    },
  };
}
