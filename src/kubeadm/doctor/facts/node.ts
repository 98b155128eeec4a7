import { ApiStatusError, type Cluster } from "../../../cluster/cluster.ts";
import { type NodeObject, nodes } from "../../../cluster/resources.ts";
import { TransportError } from "../../../cluster/transport.ts";
import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { FileError } from "../../../host/host.ts";
import { openKubeconfig } from "../../kubeconfig/open-kubeconfig.ts";
import type { Fact } from "../examination.ts";
import { anonymousAnswer, requestTimeoutMs } from "./endpoint.ts";
import { nodeName } from "./node-name.ts";
import { usedKubeconfig } from "./used-kubeconfig.ts";

/**
 * The cluster as the kubelet sees it, or as its bootstrap token does; undefined if its kubeconfig does not lead there, or
 * nothing that can be verified answers.
 */
export const clusterOfKubelet: Fact<Cluster | undefined> = async (examination) => {
  const { machine, once } = examination;
  const [used, answer] = await Promise.all([once(usedKubeconfig), once(anonymousAnswer)]);
  if (used.state === "not-readable") throw used.error;
  if (used.state !== "loaded" || answer?.state !== "answered") return undefined;
  try {
    return await openKubeconfig(used.kubeconfig, used.path, { ...examination, environment: machine.environment });
  } catch (error) {
    if (!isKubeadmError(error)) throw error;
    const cause = isKubeadmError(error.cause) ? error.cause.cause : error.cause;
    if (cause instanceof FileError && cause.code === "permission-denied") throw cause;
    // The checks of the kubeconfig and of the certificate say what is wrong.
    return undefined;
  }
};

/** An answer of the API server to the kubelet's credentials. */
export type Answer<T> =
  | { readonly state: "found"; readonly value: T }
  | { readonly state: "missing" }
  /** The server does not accept the credentials (401), or does not let them do this (403). */
  | { readonly state: "refused"; readonly error: ApiStatusError }
  | { readonly state: "unanswered" };

/** Asks the cluster as the kubelet would. */
export function asked<T>(ask: (cluster: Cluster, examination: Parameters<Fact<T>>[0]) => Promise<T>): Fact<Answer<T>> {
  return async (examination) => {
    const cluster = await examination.once(clusterOfKubelet);
    if (cluster === undefined) return { state: "unanswered" };
    try {
      return { state: "found", value: await ask(cluster, examination) };
    } catch (error) {
      if (error instanceof TransportError) return { state: "unanswered" };
      if (!(error instanceof ApiStatusError)) throw error;
      if (error.status === 404) return { state: "missing" };
      return error.status === 401 || error.status === 403 ? { state: "refused", error } : { state: "unanswered" };
    }
  };
}

/** This machine's Node, read with the kubelet's credentials. */
export const ownNode: Fact<Answer<NodeObject>> = asked(async (cluster, { once, signal }) =>
  cluster.get(nodes, { name: await once(nodeName) }, { signal, timeoutMs: requestTimeoutMs }),
);
