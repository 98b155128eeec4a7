import type { ConfigMap } from "../../cluster/resources.ts";
import { defined } from "../../values/defined.ts";
import type { BootstrapToken } from "../config/fields/bootstrap-token.ts";
import { clusterInfoSignatures } from "../discovery/cluster-info-signature.ts";
import { type ClusterEntry, clusterOf, type Kubeconfig } from "../kubeconfig/kubeconfig.ts";
import { writeKubeconfig } from "../kubeconfig/write-kubeconfig.ts";
import { publicNamespace, readersOf, user } from "./rbac.ts";

export const clusterInfoName = "cluster-info";

/**
 * Returns the cluster's public description: where its API server is and which CA to trust. `kubeconfig` is the
 * administrator's with its CA embedded; no credentials are copied. The description is signed for each of `signers`. Their
 * Secrets must be in the cluster already: the bootstrap signer of the controller manager removes signatures of tokens that
 * it does not know.
 */
export function clusterInfo(kubeconfig: Kubeconfig, signers: readonly BootstrapToken[]): ConfigMap {
  const { server, certificateAuthorityData }: ClusterEntry = clusterOf(kubeconfig);
  const cluster = { server, ...defined({ certificateAuthorityData }) };
  const bootstrap = writeKubeconfig({ clusters: [{ name: "", cluster }], contexts: [], users: [], currentContext: "" });
  return {
    metadata: { name: clusterInfoName, namespace: publicNamespace },
    data: { ...clusterInfoSignatures(bootstrap, signers), kubeconfig: bootstrap },
  };
}

/** The rules that let anyone read cluster-info: a joining machine has no identity yet. */
export const clusterInfoReaders = readersOf(
  { resource: "configmaps", namespace: publicNamespace, name: clusterInfoName },
  "kubeadm:bootstrap-signer-clusterinfo",
  user("system:anonymous"),
);
