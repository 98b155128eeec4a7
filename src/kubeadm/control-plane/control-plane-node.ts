import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import type { NodeRegistration } from "../config/fields/node-registration.ts";
import type { Timeouts } from "../config/fields/timeouts.ts";
import type { ApiEndpoint } from "../config/join/join-configuration.ts";

/**
 * A control-plane node to create, by `init` or a control-plane join. It alone determines certificates, kubeconfigs and
 * manifests.
 */
export interface ControlPlaneNode {
  readonly nodeRegistration: NodeRegistration;
  readonly localAPIEndpoint: ApiEndpoint;
  readonly cluster: ClusterConfiguration;
  readonly timeouts: Timeouts;
}
