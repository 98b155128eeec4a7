import type { Clock } from "../../async/clock.ts";
import { doubling } from "../../async/poll.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { pods } from "../../cluster/resources.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { explainRequestFailure } from "../cluster-objects/explain-request-failure.ts";
import { etcdAnnotation } from "../control-plane/etcd-pod.ts";
import { type Failure, persist } from "../waiting/persist.ts";

export interface EndpointPorts {
  readonly cluster: Pick<Cluster, "list">;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** timeouts.kubernetesAPICall in milliseconds. */
  readonly timeoutMs: number;
}

/** How long the cluster may have no etcd Pod: right after init, the kubelet may not have reported it yet. */
const absencePatienceMs = 15_000;

/** Thrown only inside this file. */
class NoEndpoints extends Error {}

/**
 * Returns the client URLs of a stacked etcd's members, from the annotations of their Pods, ready or not. Throws
 * CLUSTER_REQUEST_FAILED, ETCD_UNREACHABLE.
 */
export function findEtcdEndpoints(ports: EndpointPorts): Promise<readonly string[]> {
  return persist({
    what: "the etcd Pods of the cluster",
    attempt: async (signal) => {
      const labelSelector = "component=etcd,tier=control-plane";
      const found = await ports.cluster.list(pods, { namespace: "kube-system", labelSelector, signal });
      const unmarked = found.filter((pod) => pod.metadata?.annotations?.[etcdAnnotation] === undefined);
      if (found.length === 0) throw new NoEndpoints("no Pod in kube-system has the labels of etcd");
      const [first] = unmarked;
      if (first !== undefined) {
        throw new NoEndpoints(`the Pod ${first.metadata?.name ?? ""} has no annotation ${etcdAnnotation}`);
      }
      return found.flatMap((pod) => pod.metadata?.annotations?.[etcdAnnotation]?.split(",") ?? []);
    },
    explain: (error) => explain(error),
    deadlineMs: ports.timeoutMs,
    everyMs: doubling(50, 500),
    ...ports,
  });
}

function explain(error: unknown): Failure {
  const context = "could not retrieve the list of etcd endpoints";
  if (!(error instanceof NoEndpoints)) return explainRequestFailure(context, error);
  const failure = new KubeadmError("ETCD_UNREACHABLE", `${context}: ${error.message}`, {
    remedy:
      "Check the static Pods of etcd with `kubectl -n kube-system get pods -l component=etcd -o yaml`: the kubelet of each control plane reports its Pod.",
  });
  return { error: failure, patienceMs: absencePatienceMs, reason: error.message };
}
