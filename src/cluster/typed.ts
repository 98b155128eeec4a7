import type { KubernetesObject, ResourceType } from "./cluster.ts";

/** The object with its apiVersion and kind, which stand first: on the wire, and for whoever reads it. */
export function typed<T extends KubernetesObject>(type: ResourceType<T>, object: T): T {
  const apiVersion = type.group === "" ? type.version : `${type.group}/${type.version}`;
  return { apiVersion, kind: type.kind, ...object };
}
