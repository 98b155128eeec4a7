import { started } from "../async/started.ts";
import type { Cluster, KubernetesObject, ResourceType } from "../cluster/cluster.ts";
import type { Connections } from "../cluster/connections.ts";
import { certificateSigningRequests, secrets } from "../cluster/resources.ts";
import type { RunNotes } from "../journal/run-notes.ts";
import { isTokenSecretName } from "../kubeadm/tokens/cluster-token.ts";

/**
 * Connections that write down what a run makes in the cluster and what outlives it there: bootstrap tokens before they
 * are created, certificate signing requests as soon as the server has named them.
 */
export function recordedConnections(pool: Connections, notes: Pick<RunNotes, "makes">): Connections {
  return {
    transport: (url, settings, identity) => pool.transport(url, settings, identity),
    close: () => pool.close(),
    open: (server, settings, identity) => recordedCluster(pool.open(server, settings, identity), notes),
  };
}

function recordedCluster(cluster: Cluster, notes: Pick<RunNotes, "makes">): Cluster {
  return {
    server: cluster.server,
    proxy: cluster.proxy,
    get: (type, object, options) => cluster.get(type, object, options),
    list: (type, options) => cluster.list(type, options),
    update: (type, object, options) => cluster.update(type, object, options),
    patch: (type, object, patch, options) => cluster.patch(type, object, patch, options),
    delete: (type, object, options) => cluster.delete(type, object, options),
    watch: (type, options) => cluster.watch(type, options),
    podLog: (pod, options) => cluster.podLog(pod, options),
    health: (path, options) => cluster.health(path, options),
    close: () => cluster.close(),
    create: async (type, object, options) => {
      const name = object.metadata?.name ?? "";
      if (isOfType(type, secrets) && isTokenSecretName(name)) await notes.makes({ kind: "Secret", name });
      const created = await cluster.create(type, object, options);
      if (isOfType(type, certificateSigningRequests)) {
        // Its name comes too late to be written down ahead, and nothing waits for it: what fails here, fails at the next change.
        void started(notes.makes({ kind: "CertificateSigningRequest", name: created.metadata?.name ?? "" }));
      }
      return created;
    },
  };
}

type AnyType = Pick<ResourceType<KubernetesObject>, "group" | "plural">;

function isOfType(type: AnyType, { group, plural }: AnyType): boolean {
  return type.group === group && type.plural === plural;
}
