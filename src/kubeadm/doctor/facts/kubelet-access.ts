import type { Cluster, ReadOptions } from "../../../cluster/cluster.ts";
import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { openKubeconfig } from "../../kubeconfig/open-kubeconfig.ts";
import type { Examination, Fact } from "../examination.ts";
import { isUnread } from "../unread-file.ts";
import { type Answer, answerTo, type ClusterAccess } from "./answer.ts";
import { anonymousAnswer, requestTimeoutMs } from "./endpoint.ts";
import { usedKubeconfig } from "./used-kubeconfig.ts";

const closed: ClusterAccess = {
  state: "closed",
  reason: "the API server could not be reached with the kubelet's credentials",
};

/**
 * The cluster as the kubelet sees it, or as its bootstrap token does; closed if its kubeconfig does not lead there, or
 * nothing that can be verified answers.
 */
const kubeletAccess: Fact<ClusterAccess> = async (examination) => {
  const { machine, once } = examination;
  const [used, answer] = await Promise.all([once(usedKubeconfig), once(anonymousAnswer)]);
  if (used.state === "not-readable") throw used.error;
  if (used.state !== "loaded" || answer?.state !== "answered") return closed;
  const { kubeconfig, path } = used;
  try {
    const ports = { ...examination, environment: machine.environment };
    return { state: "open", cluster: await openKubeconfig(kubeconfig, path, ports), path };
  } catch (error) {
    if (!isKubeadmError(error)) throw error;
    const cause = isKubeadmError(error.cause) ? error.cause.cause : error.cause;
    if (isUnread(cause)) throw cause;
    // The checks of the kubeconfig and of the certificate say what is wrong.
    return closed;
  }
};

/** Asks the cluster as the kubelet would. */
export async function askAsKubelet<T>(
  { once, signal }: Pick<Examination, "once" | "signal">,
  question: (cluster: Cluster, options: ReadOptions) => Promise<T>,
): Promise<Answer<T>> {
  return answerTo(question, await once(kubeletAccess), { signal, timeoutMs: requestTimeoutMs });
}
