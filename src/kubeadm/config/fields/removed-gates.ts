import { type Minor, nearestMinor, ownMinor } from "../../../kubernetes/minors/minors.ts";
import { parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import type { ClusterConfiguration } from "../cluster/cluster-configuration.ts";

/** Feature gates that earlier versions of kubeadm had, and this program still obeys in their clusters. */
type RemovedGate = "ControlPlaneKubeletLocalMode" | "NodeLocalCRISocket";

/**
 * Reports whether the cluster has the gate's feature: always in versions that no longer have the gate, whatever the
 * configuration says.
 */
export function hasRemovedGate(
  gate: RemovedGate,
  cluster: Pick<ClusterConfiguration, "kubernetesVersion" | "featureGates">,
): boolean {
  return !minorOf(cluster).kubeadmGates.includes(gate) || cluster.featureGates[gate] !== false;
}

/**
 * Returns the cluster's minor version, which determines its control planes' static Pods; this program's own if no
 * version is set.
 */
export function minorOf({ kubernetesVersion }: Pick<ClusterConfiguration, "kubernetesVersion">): Minor {
  const minor = parseSemanticVersion(kubernetesVersion)?.minor;
  return minor === undefined ? ownMinor : nearestMinor(minor);
}
