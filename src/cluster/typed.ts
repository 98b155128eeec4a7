import type { KubernetesObject, ResourceType } from "./cluster.ts";

/** Returns the object with its apiVersion and kind first, both on the wire and for readers. */
export function typed<T extends KubernetesObject>(type: ResourceType<T>, object: T): T {
  const apiVersion = type.group === "" ? type.version : `${type.group}/${type.version}`;
  return { apiVersion, kind: type.kind, ...object };
}
