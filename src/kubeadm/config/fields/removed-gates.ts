import { parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import { kubernetesMinor } from "../../version.ts";
import type { ClusterConfiguration } from "../cluster/cluster-configuration.ts";

/**
 * kubeadm's feature gates that this version no longer has, with the last minor version whose clusters could disable
 * them.
 */
const lastMinors = {
  ControlPlaneKubeletLocalMode: 35,
  NodeLocalCRISocket: 36,
} as const;

/**
 * Reports whether the cluster has the gate's feature: always in versions that no longer have the gate, whatever the
 * configuration says.
 */
export function hasRemovedGate(
  gate: keyof typeof lastMinors,
  cluster: Pick<ClusterConfiguration, "kubernetesVersion" | "featureGates">,
): boolean {
  return minorOf(cluster) > lastMinors[gate] || cluster.featureGates[gate] !== false;
}

/**
 * Returns the cluster's minor version, which determines its control planes' static Pods; this program's own if no
 * version is set.
 */
export function minorOf({ kubernetesVersion }: Pick<ClusterConfiguration, "kubernetesVersion">): number {
  return parseSemanticVersion(kubernetesVersion)?.minor ?? kubernetesMinor;
}
