import { type ConfigMap, configMaps } from "../../cluster/resources.ts";
import { defined } from "../../values/defined.ts";
import { type ClusterEntry, clusterOf, type Kubeconfig } from "../kubeconfig/kubeconfig.ts";
import { writeKubeconfig } from "../kubeconfig/write-kubeconfig.ts";
import { type DesiredObject, desired } from "./desired-object.ts";
import { publicNamespace, readersOf, user } from "./rbac.ts";

export const clusterInfoName = "cluster-info";

/**
 * The cluster's public description: where its API server is and which CA to trust, signed per token by the controller
 * manager. `kubeconfig` is the administrator's with its CA embedded; nobody's credentials are taken over.
 */
export function clusterInfo(kubeconfig: Kubeconfig): ConfigMap {
  const { server, certificateAuthorityData }: ClusterEntry = clusterOf(kubeconfig);
  const cluster = { server, ...defined({ certificateAuthorityData }) };
  const bootstrap = { clusters: [{ name: "", cluster }], contexts: [], users: [], currentContext: "" };
  return {
    metadata: { name: clusterInfoName, namespace: publicNamespace },
    data: { kubeconfig: writeKubeconfig(bootstrap) },
  };
}

/** cluster-info, and the right of everybody to read it: a machine that joins has no name yet. */
export function clusterInfoObjects(kubeconfig: Kubeconfig): readonly DesiredObject[] {
  return [
    desired(configMaps, clusterInfo(kubeconfig)),
    ...readersOf(
      { resource: "configmaps", namespace: publicNamespace, name: clusterInfoName },
      "kubeadm:bootstrap-signer-clusterinfo",
      user("system:anonymous"),
    ),
  ];
}
