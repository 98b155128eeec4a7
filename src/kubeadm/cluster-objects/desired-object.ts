import type { KubernetesObject, ResourceType } from "../../cluster/cluster.ts";

/** An object to write to the cluster, with its type, so that lists can mix kinds. */
export interface DesiredObject {
  readonly type: ResourceType<KubernetesObject>;
  readonly object: KubernetesObject;
}

export function desired<T extends KubernetesObject>(type: ResourceType<T>, object: T): DesiredObject {
  return { type, object };
}
