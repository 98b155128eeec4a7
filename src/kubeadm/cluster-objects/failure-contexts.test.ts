import { expect, it } from "vitest";
import { ApiStatusError, type Cluster, type KubernetesObject } from "../../cluster/cluster.ts";
import { emptyCluster } from "../../cluster/empty-cluster.ts";
import { silentEvents } from "../../events/events.ts";
import { memoryClock } from "../../host/memory/clock.ts";
import { bootstrapGrants } from "./grant-bootstrap-rights.ts";
import { uploadClusterConfiguration, uploadKubeletConfiguration } from "./upload-configuration.ts";
import type { ClusterWritePorts } from "./write-objects.ts";
import { writeToken } from "./write-token.ts";

/** A cluster that refuses to create objects of one kind. */
function refusing(kind: string): ClusterWritePorts {
  const cluster: Cluster = {
    ...emptyCluster("https://192.0.2.10:6443"),
    create: async <T extends KubernetesObject>(type: { readonly kind: string }, object: T) => {
      if (type.kind === kind) throw new ApiStatusError(403, "Forbidden", "no");
      return object;
    },
  };
  const clock = memoryClock({ automatic: true });
  return { cluster, clock, events: silentEvents, signal: new AbortController().signal, timeoutMs: 1_000 };
}

const map = { metadata: { name: "kubelet-config", namespace: "kube-system" } };
const token = { metadata: { name: "bootstrap-token-abcdef", namespace: "kube-system" } };
const grant = (index: number) => (ports: ClusterWritePorts) =>
  bootstrapGrants({ "get-nodes": "error allowing bootstrap tokens to get Nodes" })[index]?.(ports) ?? Promise.reject();

// cmd/kubeadm/app/cmd/phases/init and phases/bootstraptoken/node of upstream.
it.each<[string, string, string, (ports: ClusterWritePorts) => Promise<unknown>]>([
  [
    "the ClusterConfiguration",
    "ConfigMap",
    "error uploading the kubeadm ClusterConfiguration: no",
    (ports) => uploadClusterConfiguration("", ports),
  ],
  [
    "the kubelet's configuration",
    "RoleBinding",
    "error creating kubelet configuration ConfigMap: error creating kubelet configuration configmap RBAC rules: unable to create *v1.RoleBinding: no",
    (ports) => uploadKubeletConfiguration(map, ports),
  ],
  [
    "a bootstrap token",
    "Secret",
    "failed to create or update bootstrap token with name bootstrap-token-abcdef: unable to create *v1.Secret: no",
    (ports) => writeToken(token, ports),
  ],
  [
    "a right that the caller names",
    "ClusterRole",
    "error allowing bootstrap tokens to get Nodes: unable to create *v1.ClusterRole: no",
    grant(0),
  ],
  [
    "a right that the caller does not name",
    "ClusterRoleBinding",
    "unable to create *v1.ClusterRoleBinding: no",
    grant(1),
  ],
])("a failure to write %s begins as upstream's does", async (_, kind, message, write) => {
  await expect(write(refusing(kind))).rejects.toMatchObject({ code: "CLUSTER_REQUEST_FAILED", message });
});
