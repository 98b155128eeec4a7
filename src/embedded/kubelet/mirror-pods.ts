import type { KubernetesObject, ResourceType } from "../../cluster/cluster.ts";
import { nodes } from "../../cluster/resources.ts";
import { messageOf } from "../../errors/kubeadm-error.ts";
import { localClock } from "../../host/local/clock.ts";
import type { ApiClient } from "./api-client.ts";
import type { Log } from "./log.ts";
import type { RunningPod, StaticPods } from "./static-pods.ts";

interface PodRecord extends KubernetesObject {
  readonly spec?: object;
  readonly status?: { readonly phase?: string };
}

const pods: ResourceType<PodRecord> = { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true };
const hashAnnotation = "kubernetes.io/config.hash";
const lookAgainMs = 50;
const retryMs = 200;
/** The mirrors are compared with the Pods again after this time: the cluster's data may have been restored. */
const compareAgainMs = 1_000;

export interface MirrorOptions {
  readonly api: ApiClient;
  readonly nodeName: string;
  readonly staticPods: StaticPods;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Publishes the static pods in the API as read-only mirror Pods. Ends with the signal's reason. */
export async function mirrorPods(options: MirrorOptions): Promise<never> {
  let shown = "";
  let comparedAt = 0;
  for (;;) {
    const running = options.staticPods.running;
    const wanted = JSON.stringify(
      running.map(({ pod, isRunning, hasStarted }) => [pod.uid, [...isRunning], hasStarted]),
    );
    const now = localClock.monotonic();
    if (wanted === shown && now < comparedAt + compareAgainMs) {
      await localClock.sleep(lookAgainMs, options.signal);
      continue;
    }
    try {
      await mirror(running, options, { reports: wanted !== shown });
      shown = wanted;
      comparedAt = now;
    } catch (error) {
      options.signal.throwIfAborted();
      options.log.error("Failed creating a mirror pod", messageOf(error));
      await localClock.sleep(retryMs, options.signal);
    }
  }
}

/** `reports`: whether the status of the Pods has changed. */
async function mirror(
  running: readonly RunningPod[],
  { api, nodeName, signal }: MirrorOptions,
  { reports }: { readonly reports: boolean },
): Promise<void> {
  const node = await api.get(nodes, { name: nodeName }, { signal });
  const listed = await api.list(pods, { fieldSelector: `spec.nodeName=${nodeName}`, signal });
  const mirrors = listed.filter(({ metadata }) => metadata?.annotations?.["kubernetes.io/config.mirror"] !== undefined);
  for (const { metadata } of mirrors) {
    const { name = "", namespace = "" } = metadata ?? {};
    if (running.some(({ pod }) => pod.uid === metadata?.annotations?.[hashAnnotation])) continue;
    await api.delete(pods, { name, namespace }, { signal });
  }
  for (const each of running) {
    const { name, namespace, uid, object } = each.pod;
    const isMirrored = mirrors.some(({ metadata }) => metadata?.annotations?.[hashAnnotation] === uid);
    if (isMirrored && !reports) continue;
    if (!isMirrored) {
      const owner = { apiVersion: "v1", kind: "Node", name: nodeName, uid: node.metadata?.uid, controller: true };
      const annotations = {
        ...object.metadata?.annotations,
        [hashAnnotation]: uid,
        "kubernetes.io/config.mirror": uid,
        "kubernetes.io/config.seen": new Date().toISOString(),
        "kubernetes.io/config.source": "file",
      };
      const metadata = { ...object.metadata, name, namespace, annotations, ownerReferences: [owner] };
      await api.create(pods, { metadata, spec: { ...object.spec, nodeName } }, { namespace, signal });
    }
    await api.patchStatus(`/api/v1/namespaces/${namespace}/pods/${name}`, { status: statusOf(each) }, signal);
  }
}

function statusOf({ pod, isRunning, hasStarted }: RunningPod) {
  const ready = hasStarted && [...isRunning.values()].every((runs) => runs);
  const status = ready ? "True" : "False";
  return {
    phase: hasStarted ? "Running" : "Pending",
    conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({
      type,
      status: type === "Ready" || type === "ContainersReady" ? status : "True",
    })),
    containerStatuses: pod.object.spec.containers.map(({ name, image }) => {
      const runs = isRunning.get(name) === true;
      return { name, image, ready: runs, started: runs };
    }),
  };
}
