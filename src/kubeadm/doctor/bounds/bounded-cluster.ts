import type { Cluster, KubernetesObject, ResourceType } from "../../../cluster/cluster.ts";
import type { Connections } from "../../../cluster/connections.ts";
import { usualPageSize } from "../../../cluster/list-pages.ts";
import { TransportError } from "../../../cluster/transport.ts";
import { grouped, type Limits } from "./limits.ts";
import { valuesIn } from "./text-size.ts";

const mostObjects = 2_000;
const mostListBytes = 8 * 1024 ** 2;
/** Of all texts in one ConfigMap, which are YAML documents. */
const mostValues = 10_000;

/** Connections whose lists end in time, and tell of the objects that they leave out. */
export function boundedConnections(connections: Connections, limits: Limits): Connections {
  return { ...connections, open: (...settings) => boundedCluster(connections.open(...settings), limits) };
}

function boundedCluster(cluster: Cluster, limits: Limits): Cluster {
  return {
    ...cluster,
    list: async (type, options) => {
      // A caller that asks for a few objects does not want the others.
      if (options.limit !== undefined) return cluster.list(type, options);
      let isPart = false;
      const bound = {
        pageSize: usualPageSize,
        objects: mostObjects,
        bytes: mostListBytes,
        onRest: () => (isPart = true),
      };
      const found = await cluster.list(type, { ...options, bound });
      if (isPart) limits.note(`Looked at only the first ${grouped(found.length)} ${pluralOf(type)} of the cluster.`);
      return found;
    },
    get: async (type, object, options) => {
      const found = await cluster.get(type, object, options);
      if (valuesOf(found) <= mostValues) return found;
      const name = [type.kind, [object.namespace, object.name].filter((each) => each !== undefined).join("/")].join(
        " ",
      );
      limits.note(`Did not read ${name}, which has more than ${grouped(mostValues)} keys and values.`);
      throw new TransportError("malformed-answer", cluster.server, `the ${name} has too many keys and values`);
    },
  };
}

function pluralOf(type: ResourceType<KubernetesObject>): string {
  return `${type.kind}s`;
}

function valuesOf(object: KubernetesObject): number {
  if (!("data" in object) || typeof object.data !== "object" || object.data === null) return 0;
  let count = 0;
  for (const text of Object.values(object.data)) {
    if (typeof text === "string" && count <= mostValues) count += valuesIn(text, mostValues - count);
  }
  return count;
}
