import type { Cluster, KubernetesObject, ObjectReference, ResourceType } from "../../cluster/cluster.ts";
import { defined } from "../../values/defined.ts";
import { type JsonObject, jsonEquals } from "../../values/json.ts";
import type { DesiredObject } from "./desired-object.ts";
import { notFound } from "./explain-request-failure.ts";
import { type ClusterWritePorts, nameOf, persistently, writeObjectOnce } from "./write-objects.ts";

/** Returns an object; undefined if it does not exist. */
export async function findObject<T extends KubernetesObject>(
  type: ResourceType<T>,
  reference: ObjectReference,
  ports: ClusterWritePorts,
  context = `unable to get *v1.${type.kind}`,
): Promise<T | undefined> {
  const words = { what: nameOf(type, { metadata: reference }), context: () => context };
  return persistently(words, ports, (cluster, signal) => getIfPresent(type, reference, cluster, signal));
}

async function getIfPresent<T extends KubernetesObject>(
  type: ResourceType<T>,
  reference: ObjectReference,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<T | undefined> {
  try {
    return await cluster.get(type, reference, { signal });
  } catch (error) {
    if (notFound(error)) return undefined;
    throw error;
  }
}

/**
 * Reads an object and writes what `change` makes of it, unless that is equal. A change that another client made in between
 * is read, too. Returns the object as it is then; undefined if it does not exist. `contexts` are what messages begin with.
 */
export async function changeObject<T extends KubernetesObject>(
  type: ResourceType<T>,
  reference: ObjectReference,
  change: (live: T) => T,
  ports: ClusterWritePorts,
  contexts = { get: `unable to get *v1.${type.kind}`, update: `unable to update *v1.${type.kind}` },
): Promise<T | undefined> {
  let context = contexts.get;
  const words = { what: nameOf(type, { metadata: reference }), context: () => context };
  return persistently(words, ports, async (cluster, signal) => {
    context = contexts.get;
    const live = await getIfPresent(type, reference, cluster, signal);
    if (live === undefined) return undefined;
    const changed = change(live);
    if (jsonEquals(live as unknown as JsonObject, changed as unknown as JsonObject)) return live;
    context = contexts.update;
    return cluster.update(type, changed, { signal });
  });
}

/** Creates an object that does not exist, and changes an existing one. */
export async function createOrChange(
  { type, object }: DesiredObject,
  change: (live: KubernetesObject) => KubernetesObject,
  ports: ClusterWritePorts,
): Promise<void> {
  const { name = "", namespace } = object.metadata ?? {};
  const reference = { name, ...defined({ namespace }) };
  if ((await changeObject(type, reference, change, ports)) !== undefined) return;
  // Another client may have created it in between.
  if (!(await writeObjectOnce(type, object, ports))) await changeObject(type, reference, change, ports);
}
