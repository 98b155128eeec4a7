// A cluster to try the examples on: it runs in this process, needs neither root nor containers, and ends with the program.
import { initCluster, type JoinClusterOptions, Secret } from "kubeadm-ts";
import { type EmbeddedCluster, embeddedCluster } from "kubeadm-ts/testing";

/** A cluster with one control plane. */
export interface ClusterToJoin extends AsyncDisposable {
  /** Creates machines, and runs the control plane on the first one. */
  readonly cluster: EmbeddedCluster;
  /** The flags with which a worker joins. */
  readonly flags: JoinClusterOptions["flags"];
}

/** Starts the cluster. */
export async function clusterToJoin(): Promise<ClusterToJoin> {
  const cluster = await embeddedCluster();
  const { ports } = await cluster.machine("cp1");
  const { joins } = await initCluster({ flags: { controlPlaneEndpoint: cluster.endpoint }, ports });
  const words = joins[0]?.worker.reveal().split(/\s+/) ?? [];
  const after = (flag: string) => words[words.indexOf(flag) + 1] ?? "";
  return {
    cluster,
    flags: {
      apiServerEndpoint: cluster.endpoint,
      token: new Secret(after("--token")),
      discoveryTokenCaCertHash: [after("--discovery-token-ca-cert-hash")],
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}
