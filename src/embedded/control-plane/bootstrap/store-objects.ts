import type { DesiredObject } from "../../../kubeadm/cluster-objects/desired-object.ts";
import type { StoredObject } from "../apiserver/objects.ts";
import { registry } from "../apiserver/registry/registry.ts";
import { apiVersionOf, type ResourceDefinition, type WriteContext } from "../apiserver/registry/resource.ts";
import type { Storage } from "../apiserver/storage.ts";

/** Stores the objects that do not exist yet; existing ones stay unchanged. */
export function storeMissing(storage: Storage, objects: readonly StoredObject[]): void {
  for (const object of objects) {
    const resource = resourceOf(object);
    if (storage.get(resource, object.metadata) === undefined) storage.create(resource, object);
  }
}

/** Stores objects as a client writes them, with the defaults of the server. */
export function storeDesired(objects: readonly DesiredObject[], context: WriteContext): void {
  storeMissing(
    context.storage,
    objects.map(({ type, object }) => {
      const { name = "", resourceVersion: _version, creationTimestamp: _created, ...metadata } = object.metadata ?? {};
      const written = { ...object, apiVersion: apiVersionOf(type), kind: type.kind, metadata: { ...metadata, name } };
      return resourceOf(written).strategy.prepareForCreate?.(written, context) ?? written;
    }),
  );
}

function resourceOf({ apiVersion, kind }: Pick<StoredObject, "apiVersion" | "kind">): ResourceDefinition {
  const found = registry.find((definition) => apiVersionOf(definition) === apiVersion && definition.kind === kind);
  if (found === undefined) throw new Error(`no resource for ${kind} of ${apiVersion}`);
  return found;
}
