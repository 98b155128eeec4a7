import type { Events } from "../events/events.ts";
import { defined } from "../values/defined.ts";
import {
  ApiStatusError,
  type Cluster,
  type KubernetesObject,
  type ObjectReference,
  type ResourceType,
} from "./cluster.ts";
import type { Connections } from "./connections.ts";
import { TransportError, type TransportErrorCode } from "./transport.ts";
import { typed } from "./typed.ts";

/** Turns an object into the text that is shown for it; must leave out what is secret. */
export type ShowObject = (object: KubernetesObject) => string;

/** Answers in place of a cluster that cannot be reached. Undefined: it has no such object. */
export type StandIn = (
  type: ResourceType<KubernetesObject>,
  reference: ObjectReference,
) => KubernetesObject | undefined;

export interface DryRunOptions {
  readonly events: Events;
  readonly show: ShowObject;
  /** Nothing exists in a cluster that cannot be reached, unless given. */
  readonly standIn?: StandIn;
}

/** What all clients of one dry run have found out: a cluster that could not be reached is not asked again. */
interface Reach {
  isLost: boolean;
}

/** Failures that say that there is nobody to ask; a server that is not the right one is no such failure. */
const unreachableCodes: ReadonlySet<TransportErrorCode> = new Set([
  "refused",
  "unreachable",
  "host-not-found",
  "timed-out",
  "reset",
  "proxy-failed",
]);

/**
 * Connections whose clients read for real and write nothing: every call is told, and a write answers with the object that
 * would have been sent. From the first read on that reaches nobody, the stand-in answers.
 */
export function dryRunConnections(connections: Connections, options: DryRunOptions): Connections {
  const reach: Reach = { isLost: false };
  return {
    open: (server, settings, identity) => told(connections.open(server, settings, identity), options, reach),
    transport: (url, settings, identity) => connections.transport(url, settings, identity),
    close: () => connections.close(),
  };
}

export function dryRunCluster(cluster: Cluster, options: DryRunOptions): Cluster {
  return told(cluster, options, { isLost: false });
}

function isMissing(error: unknown): boolean {
  return error instanceof ApiStatusError && error.status === 404;
}

function told(cluster: Cluster, options: DryRunOptions, reach: Reach): Cluster {
  const { events, show } = options;
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
    if (!(error instanceof TransportError) || !unreachableCodes.has(error.code)) throw error;
    if (!reach.isLost) events.emit("dryrun.unreachable", { server: cluster.server, reason: error.message });
    reach.isLost = true;
  };
  const get: Cluster["get"] = async <T extends KubernetesObject>(
    type: ResourceType<T>,
    reference: ObjectReference,
    read: Parameters<Cluster["get"]>[2],
  ) => {
    if (!reach.isLost) {
      try {
        return await cluster.get(type, reference, read);
      } catch (error) {
        if (isMissing(error)) events.emit("dryrun.missing", { verb: "GET" });
        lost(error);
      }
    }
    events.emit("dryrun.missing", { verb: "GET" });
    const found = options.standIn?.(type, reference);
    if (found === undefined) throw new ApiStatusError(404, "NotFound", `${type.plural} "${reference.name}" not found`);
    return found as T;
  };
  return {
    server: cluster.server,
    get: async (type, reference, read) => {
      request("GET", type, reference.name, reference.namespace);
      const found = await get(type, reference, read);
      object(type, found);
      return found;
    },
    list: async (type, read) => {
      request("LIST", type, "", read.namespace);
      if (!reach.isLost) {
        try {
          const items = await cluster.list(type, read);
          object({ ...type, kind: `${type.kind}List` }, listOf(items.map((item) => typed(type, item))));
          return items;
        } catch (error) {
          if (!isMissing(error)) lost(error);
        }
      }
      events.emit("dryrun.missing", { verb: "LIST" });
      return [];
    },
    watch: (type, read) => cluster.watch(type, read),
    health: (path, read) => cluster.health(path, read),
    create: async (type, created, { namespace }) => {
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
