import type { ClusterConfiguration } from "../apis/cluster-configuration.ts";
import type { ApiEndpoint } from "../apis/join-configuration.ts";
import type { NodeRegistration } from "../apis/node-registration.ts";
import type { Timeouts } from "../apis/timeouts.ts";

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
