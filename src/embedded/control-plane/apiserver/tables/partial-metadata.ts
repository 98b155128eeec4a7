import type { Fields, StoredObject } from "../objects.ts";

export function partialMetadata({ metadata }: StoredObject): Fields {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}
