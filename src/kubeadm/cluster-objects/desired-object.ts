import type { KubernetesObject, ResourceType } from "../../cluster/cluster.ts";

/** An object as it is to be in the cluster, with its type: lists of them hold objects of all kinds. */
export interface DesiredObject {
  readonly type: ResourceType<KubernetesObject>;
  readonly object: KubernetesObject;
}

export function desired<T extends KubernetesObject>(type: ResourceType<T>, object: T): DesiredObject {
  return { type, object };
}
