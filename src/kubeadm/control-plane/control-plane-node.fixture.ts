import { clusterConfigurationFromV1beta4 } from "../config/cluster/cluster-configuration.ts";
import { defaultTimeouts } from "../config/fields/timeouts.ts";
import { nodeRegistrationFrom } from "../config/versions/convert-join.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";
import type { PodSurroundings } from "./pod-surroundings.ts";

type ClusterFields = Parameters<typeof clusterConfigurationFromV1beta4>[0];

/** Returns the node cp1 at 192.0.2.10, in a cluster with the given fields. */
export function nodeWith(cluster: ClusterFields = {}, changes: Partial<ControlPlaneNode> = {}): ControlPlaneNode {
  return {
    nodeRegistration: nodeRegistrationFrom({ name: "cp1", criSocket: "unix:///run/containerd/containerd.sock" }),
    localAPIEndpoint: { advertiseAddress: "192.0.2.10", bindPort: 6443 },
    cluster: clusterConfigurationFromV1beta4({ kubernetesVersion: "v1.37.2", ...cluster }),
    timeouts: defaultTimeouts,
    ...changes,
  };
}

export const bareMachine: PodSurroundings = {
  directories: { authorities: [], hasFlexVolumes: false },
  proxyVariables: [],
  hasExternalAuthority: false,
};
