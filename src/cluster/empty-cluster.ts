import { ApiStatusError, type Cluster, type KubernetesObject, type ResourceType } from "./cluster.ts";

/** An object that exists anyway. */
export interface GivenObject {
  readonly type: ResourceType<KubernetesObject>;
  readonly object: KubernetesObject;
}

/**
 * A cluster that does not exist yet: it holds a few given objects and accepts whatever is sent to it. A dry run of init
 * uses it.
 */
export function emptyCluster(server: string, given: readonly GivenObject[] = []): Cluster {
  const find = (type: ResourceType<KubernetesObject>, name: string, namespace?: string) =>
    given.find(
      (each) =>
        each.type.plural === type.plural &&
        each.object.metadata?.name === name &&
        each.object.metadata.namespace === namespace,
    )?.object;
  return {
    server,
    get: async <T extends KubernetesObject>(
      type: ResourceType<T>,
      { name, namespace }: { name: string; namespace?: string },
    ) => {
      const found = find(type, name, namespace);
      if (found === undefined) throw new ApiStatusError(404, "NotFound", `${type.plural} "${name}" not found`);
      return found as T;
    },
    list: async (type) => {
      throw new ApiStatusError(404, "NotFound", `there are no ${type.plural}`);
    },
    create: async (_type, object) => object,
    update: async (_type, object) => object,
    patch: async <T extends KubernetesObject>(_type: ResourceType<T>, _reference: unknown, patch: unknown) =>
      patch as T,
    delete: async () => undefined,
    async *watch() {
      // Nothing ever happens in it.
    },
    podLog: async () => "",
    health: async () => ({ status: 200, body: "ok" }),
    close: () => undefined,
  };
}
