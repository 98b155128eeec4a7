import type { StoredObject } from "../apiserver/objects.ts";
import { registry } from "../apiserver/registry/registry.ts";
import { apiVersionOf, type ResourceDefinition } from "../apiserver/registry/resource.ts";
import type { Storage } from "../apiserver/storage.ts";

/** Stores the objects that do not exist yet; existing ones stay unchanged. */
export function storeMissing(storage: Storage, objects: readonly StoredObject[]): void {
  for (const object of objects) {
    const resource = resourceOf(object);
    if (storage.get(resource, object.metadata) === undefined) storage.create(resource, object);
  }
}

function resourceOf({ apiVersion, kind }: StoredObject): ResourceDefinition {
  const found = registry.find((definition) => apiVersionOf(definition) === apiVersion && definition.kind === kind);
  if (found === undefined) throw new Error(`no resource for ${kind} of ${apiVersion}`);
  return found;
}
