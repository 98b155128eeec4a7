/**
 * The versions that run with one Kubernetes version. Image tags are not here: that version's own kubeadm lists them.
 */
export interface ClusterVersion {
  readonly kubernetes: string;
  readonly etcd: string;
  readonly containerd: string;
  readonly coredns: string;
}

const COMMON = { containerd: "2.4.2", coredns: "1.14.6" } as const;

/** Newest first. etcd follows the minor version that each version's kubeadm requires, because its flags do. */
export const CLUSTER_VERSIONS: readonly ClusterVersion[] = [
  { kubernetes: "1.38.0-beta.0", etcd: "3.7.3", ...COMMON, coredns: "1.15.0" },
  { kubernetes: "1.37.2", etcd: "3.7.3", ...COMMON },
  { kubernetes: "1.36.3", etcd: "3.6.16", ...COMMON },
  { kubernetes: "1.36.1", etcd: "3.6.16", ...COMMON },
  { kubernetes: "1.35.4", etcd: "3.6.16", ...COMMON },
  { kubernetes: "1.34.4", etcd: "3.6.16", ...COMMON },
];

export const DEFAULT_VERSION = "1.37.2";

export function clusterVersion(kubernetes: string = DEFAULT_VERSION): ClusterVersion {
  const wanted = kubernetes.replace(/^v/, "");
  const found = CLUSTER_VERSIONS.find((version) => version.kubernetes === wanted);
  if (found === undefined) {
    const known = CLUSTER_VERSIONS.map((version) => version.kubernetes).join(", ");
    throw new Error(`the lab does not know Kubernetes ${wanted}; it knows ${known}`);
  }
  return found;
}

/** The staging modules (k8s.io/api and so on) have the same minor and patch version under major version 0. */
export function stagingVersion(kubernetes: string): string {
  return `0.${kubernetes.split(".").slice(1).join(".")}`;
}
