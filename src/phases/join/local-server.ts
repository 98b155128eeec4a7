import type { ClusterState } from "../../kubeadm/cluster-objects/read-cluster-state.ts";
import { hasFormerGate } from "../../kubeadm/config/fields/former-gates.ts";
import type { JoinConfiguration } from "../../kubeadm/config/join/join-configuration.ts";

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
