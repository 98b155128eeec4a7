// What the version skew policy of Kubernetes and kubeadm allows, in the versions that the lab can build.
// https://kubernetes.io/releases/version-skew-policy/, "Version skew policy" in kubeadm's documentation
import { CLUSTER_VERSIONS, DEFAULT_VERSION } from "../../../lab/versions.ts";

export const minorOf = (version: string): number => Number(version.split(".")[1]);

/** The newest release of each minor version up to ours, oldest first: of later ones the lab cannot build all parts. */
export const releases: readonly string[] = CLUSTER_VERSIONS.map(({ kubernetes }) => kubernetes)
  .filter((version) => minorOf(version) <= minorOf(DEFAULT_VERSION))
  .filter((version, index, all) => all.findIndex((other) => minorOf(other) === minorOf(version)) === index)
  .toReversed();

/** kubeadm supports kubelets of three minor versions before its own. */
const oldestKubelet = minorOf(DEFAULT_VERSION) - 3;

export interface ClusterPlan {
  readonly cluster: string;
  /** Kubelets with which a worker may join. */
  readonly allowed: readonly string[];
  /** Kubelets that are newer than the API server. */
  readonly refused: readonly string[];
  /** Upstream's program of our release joins only clusters of its minor version and of the one before. */
  readonly isWithinUpstreamsLimit: boolean;
  /** `upgrade` goes to its own minor version, from that one and from the one before. */
  readonly canUpgrade: boolean;
}

export function planOf(cluster: string): ClusterPlan {
  const known = releases.filter((kubelet) => minorOf(kubelet) >= oldestKubelet);
  const isRecent = minorOf(DEFAULT_VERSION) - minorOf(cluster) <= 1;
  return {
    cluster,
    allowed: known.filter((kubelet) => {
      const distance = minorOf(cluster) - minorOf(kubelet);
      return distance >= 0 && distance <= 3;
    }),
    refused: known.filter((kubelet) => minorOf(kubelet) > minorOf(cluster)),
    isWithinUpstreamsLimit: isRecent,
    canUpgrade: isRecent,
  };
}
