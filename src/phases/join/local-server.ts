import type { JoinConfiguration } from "../../kubeadm/apis/join-configuration.ts";
import { hasFormerGate } from "../../kubeadm/cluster-state/former-gates.ts";
import type { ClusterState } from "../../kubeadm/cluster-state/read-cluster-state.ts";

/**
 * Whether the kubelet speaks to the API server beside it: that of a control plane does, so that it is never newer than its
 * server. Clusters up to 1.35 could switch that off.
 */
export function speaksToLocalServer(
  { clusterConfiguration }: ClusterState,
  { controlPlane }: JoinConfiguration,
): boolean {
  return controlPlane !== undefined && hasFormerGate("ControlPlaneKubeletLocalMode", clusterConfiguration);
}
