import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import type { NodeRegistration } from "../config/fields/node-registration.ts";
import type { Timeouts } from "../config/fields/timeouts.ts";
import type { ApiEndpoint } from "../config/join/join-configuration.ts";

/**
 * A control-plane node in the making: what `init` and a control-plane join have in common. Certificates, kubeconfigs and
 * manifests follow from it alone.
 */
export interface ControlPlaneNode {
  readonly nodeRegistration: NodeRegistration;
  readonly localAPIEndpoint: ApiEndpoint;
  readonly cluster: ClusterConfiguration;
  readonly timeouts: Timeouts;
}
