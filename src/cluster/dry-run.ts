import type { Events } from "../events/events.ts";
import { defined } from "../values/defined.ts";
import {
  ApiStatusError,
  type Cluster,
  isNotFound,
  type KubernetesObject,
  type ObjectReference,
  type ReadOptions,
  type ResourceType,
} from "./cluster.ts";
import type { Connections } from "./connections.ts";
import { selfSubjectReviews } from "./resources.ts";
import { TransportError, type TransportErrorCode } from "./transport.ts";
import { typed } from "./typed.ts";

/** Returns the text that is shown for an object; must omit secrets. */
export type ShowObject = (object: KubernetesObject) => string;

/** Answers instead of a cluster that cannot be reached. Undefined: it has no such object. */
export type Placeholder = (
  type: ResourceType<KubernetesObject>,
  reference: ObjectReference,
) => KubernetesObject | undefined;

export interface DryRunOptions {
  readonly events: Events;
  readonly show: ShowObject;
  /** By default nothing exists in a cluster that cannot be reached. */
  readonly placeholder?: Placeholder;
  /** A cluster that cannot be reached is an error, as in a real run. */
  readonly requiresCluster?: boolean;
}

/** What the clients of one dry run have learned: a cluster that could not be reached is not contacted again. */
interface Reach {
  isLost: boolean;
}

/** Failures that mean that no server can be reached; reaching the wrong server is not one of them. */
const unreachableCodes: ReadonlySet<TransportErrorCode> = new Set([
  "refused",
  "unreachable",
  "host-not-found",
  "timed-out",
  "reset",
  "proxy-failed",
]);

/**
 * Returns connections whose clients really read and write nothing: every call emits an event, and a write returns the
 * object that would have been sent. After the first read that reaches no server, the placeholder answers.
 */
export function dryRunConnections(connections: Connections, options: DryRunOptions): Connections {
  const reach: Reach = { isLost: false };
  return {
    open: (server, settings, identity) => dryRunClient(connections.open(server, settings, identity), options, reach),
    transport: (url, settings, identity) => connections.transport(url, settings, identity),
    close: () => connections.close(),
  };
}

export function dryRunCluster(cluster: Cluster, options: DryRunOptions): Cluster {
  return dryRunClient(cluster, options, { isLost: false });
}

function dryRunClient(cluster: Cluster, options: DryRunOptions, reach: Reach): Cluster {
  const { events, show, placeholder, requiresCluster = false } = options;
  const request = (verb: string, type: ResourceType<KubernetesObject>, name: string, namespace: string | undefined) =>
    events.emit("dryrun.request", {
      verb,
      resource: type.plural,
      apiVersion: `${type.group === "" ? "core" : type.group}/${type.version}`,
      name,
      ...defined({ namespace }),
    });
  const object = (type: ResourceType<KubernetesObject>, shown: KubernetesObject) =>
    events.emit("dryrun.object", { object: show(typed(type, shown)) });
  const lost = (error: unknown) => {
    if (requiresCluster || !(error instanceof TransportError) || !unreachableCodes.has(error.code)) throw error;
    if (!reach.isLost) events.emit("dryrun.unreachable", { server: cluster.server, reason: error.message });
    reach.isLost = true;
  };
  // A retry after a failure is the same request: the terminal shows it once.
  const failed = new Set<string>();
  const read = async <T>(
    verb: "GET" | "LIST",
    type: ResourceType<KubernetesObject>,
    { name, namespace }: { readonly name: string; readonly namespace?: string | undefined },
    answer: (isFirst: boolean) => Promise<T>,
  ): Promise<T> => {
    const key = JSON.stringify([verb, type.group, type.plural, namespace, name]);
    const isFirst = !failed.has(key);
    if (isFirst) request(verb, type, name, namespace);
    failed.add(key);
    const answered = await answer(isFirst);
    failed.delete(key);
    return answered;
  };
  const get = async <T extends KubernetesObject>(
    type: ResourceType<T>,
    reference: ObjectReference,
    options: ReadOptions,
    isFirst = true,
  ): Promise<T> => {
    const emitMissing = () => isFirst && events.emit("dryrun.missing", { verb: "GET" });
    if (!reach.isLost) {
      try {
        return await cluster.get(type, reference, options);
      } catch (error) {
        if (isNotFound(error)) emitMissing();
        lost(error);
      }
    }
    emitMissing();
    const found = placeholder?.(type, reference);
    if (found === undefined) throw new ApiStatusError(404, "NotFound", `${type.plural} "${reference.name}" not found`);
    return found as T;
  };
  return {
    server: cluster.server,
    proxy: cluster.proxy,
    get: (type, reference, options) =>
      read("GET", type, reference, async (isFirst) => {
        const found = await get(type, reference, options, isFirst);
        object(type, found);
        return found;
      }),
    list: (type, options) =>
      read("LIST", type, { name: "", namespace: options.namespace }, async () => {
        if (!reach.isLost) {
          try {
            const items = await cluster.list(type, options);
            object({ ...type, kind: `${type.kind}List` }, listOf(items.map((item) => typed(type, item))));
            return items;
          } catch (error) {
            if (!isNotFound(error)) lost(error);
          }
        }
        events.emit("dryrun.missing", { verb: "LIST" });
        return [];
      }),
    watch: (type, read) => cluster.watch(type, read),
    podLog: (pod, read) => cluster.podLog(pod, read),
    health: (path, read) => cluster.health(path, read),
    create: async (type, created, options) => {
      // A question about the client itself: nothing is stored, and upstream asks it in a dry run, too.
      if (type.kind === selfSubjectReviews.kind) return cluster.create(type, created, options);
      const { namespace } = options;
      const { metadata } = created;
      request("CREATE", type, metadata?.name ?? "", namespace ?? metadata?.namespace);
      object(type, created);
      return created;
    },
    update: async (type, updated) => {
      request("UPDATE", type, updated.metadata?.name ?? "", updated.metadata?.namespace);
      object(type, updated);
      return updated;
    },
    patch: async (type, reference, patch, read) => {
      request("PATCH", type, reference.name, reference.namespace);
      events.emit("dryrun.object", { object: show(patch as KubernetesObject) });
      return get(type, reference, read);
    },
    delete: async (type, reference) => {
      request("DELETE", type, reference.name, reference.namespace);
      const { name, namespace } = reference;
      object(type, { metadata: { name, ...defined({ namespace }) } });
    },
    close: () => cluster.close(),
  };
}

function listOf(
  items: readonly KubernetesObject[],
): KubernetesObject & { readonly items: readonly KubernetesObject[] } {
  return { metadata: {}, items };
}
