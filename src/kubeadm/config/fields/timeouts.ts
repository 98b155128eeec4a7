/** Timeouts of the configuration, in milliseconds. */
export interface Timeouts {
  readonly controlPlaneComponentHealthCheck: number;
  readonly kubeletHealthCheck: number;
  readonly kubernetesAPICall: number;
  readonly etcdAPICall: number;
  readonly tlsBootstrap: number;
  /** For each read of cluster-info; with pinned CAs there are two. */
  readonly discovery: number;
  readonly upgradeManifests: number;
}

const minute = 60_000;

export const defaultTimeouts: Timeouts = {
  controlPlaneComponentHealthCheck: 4 * minute,
  kubeletHealthCheck: 4 * minute,
  kubernetesAPICall: minute,
  etcdAPICall: 2 * minute,
  tlsBootstrap: 5 * minute,
  discovery: 5 * minute,
  upgradeManifests: 5 * minute,
};
