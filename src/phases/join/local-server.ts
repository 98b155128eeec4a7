import type { ClusterState } from "../../kubeadm/cluster-objects/read-cluster-state.ts";
import { hasRemovedGate } from "../../kubeadm/config/fields/removed-gates.ts";
import type { JoinConfiguration } from "../../kubeadm/config/join/join-configuration.ts";

/**
 * Reports whether the kubelet uses the local API server. On a control plane it does, so that it is never newer than its
 * server; clusters up to 1.35 could disable that.
 */
export function usesLocalApiServer(
  { clusterConfiguration }: ClusterState,
  { controlPlane }: JoinConfiguration,
): boolean {
  return controlPlane !== undefined && hasRemovedGate("ControlPlaneKubeletLocalMode", clusterConfiguration);
}
