import { parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import { kubernetesMinor } from "../../version.ts";
import type { ClusterConfiguration } from "../cluster/cluster-configuration.ts";

/** kubeadm's feature gates that this version no longer has, with the last minor of a cluster that could switch each off. */
const lastMinors = {
  ControlPlaneKubeletLocalMode: 35,
  NodeLocalCRISocket: 36,
} as const;

/** Whether the cluster has what the gate was for: always, once it is no gate any more, whatever its configuration says. */
export function hasFormerGate(
  gate: keyof typeof lastMinors,
  cluster: Pick<ClusterConfiguration, "kubernetesVersion" | "featureGates">,
): boolean {
  return minorOf(cluster) > lastMinors[gate] || cluster.featureGates[gate] !== false;
}

/** The cluster's minor version, by which its control planes' Pods differ; this program's own where it has no version. */
export function minorOf({ kubernetesVersion }: Pick<ClusterConfiguration, "kubernetesVersion">): number {
  return parseSemanticVersion(kubernetesVersion)?.minor ?? kubernetesMinor;
}
