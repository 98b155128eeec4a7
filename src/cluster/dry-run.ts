import type { Events } from "../events/events.ts";
import type { Cluster, KubernetesObject, ObjectReference, ResourceType } from "./cluster.ts";
import type { Connections } from "./connections.ts";
import { typed } from "./typed.ts";

/** Turns an object into the text that is shown for it; must leave out what is secret. */
export type ShowObject = (object: KubernetesObject) => string;

/**
 * Connections whose clients read for real and write nothing: every call is told, and a write answers with the object that
 * would have been sent.
 */
export function dryRunConnections(connections: Connections, events: Events, show: ShowObject): Connections {
  return {
    open: (server, settings, identity) => dryRunCluster(connections.open(server, settings, identity), events, show),
    transport: (url, settings, identity) => connections.transport(url, settings, identity),
    close: () => connections.close(),
  };
}

export function dryRunCluster(cluster: Cluster, events: Events, show: ShowObject): Cluster {
  const told = (
    verb: string,
    type: ResourceType<KubernetesObject>,
    name: string,
    more: { namespace?: string; object?: string },
  ) =>
    events.emit("dryrun.request", {
      verb,
      resource: type.plural,
      apiVersion: `${type.group === "" ? "core" : type.group}/${type.version}`,
      name,
      ...more,
    });
  const placed = ({ namespace }: { readonly namespace?: string }) => (namespace === undefined ? {} : { namespace });
  const nameOf = (object: KubernetesObject): ObjectReference => {
    const { name = "", namespace } = object.metadata ?? {};
    return { name, ...placed(namespace === undefined ? {} : { namespace }) };
  };
  return {
    server: cluster.server,
    get: async (type, reference, options) => {
      told("GET", type, reference.name, placed(reference));
      return cluster.get(type, reference, options);
    },
    list: async (type, options) => {
      told("LIST", type, "", placed(options));
      return cluster.list(type, options);
    },
    watch: (type, options) => cluster.watch(type, options),
    health: (path, options) => cluster.health(path, options),
    create: async (type, object, options) => {
      told("CREATE", type, nameOf(object).name, {
        ...placed({ ...nameOf(object), ...options }),
        object: show(typed(type, object)),
      });
      return object;
    },
    update: async (type, object) => {
      told("UPDATE", type, nameOf(object).name, { ...placed(nameOf(object)), object: show(typed(type, object)) });
      return object;
    },
    patch: async (type, reference, patch, options) => {
      told("PATCH", type, reference.name, { ...placed(reference), object: show(patch as KubernetesObject) });
      return cluster.get(type, reference, options);
    },
    delete: async (type, reference) => told("DELETE", type, reference.name, placed(reference)),
    close: () => cluster.close(),
  };
}
