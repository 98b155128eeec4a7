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
  for (;;) {
    const running = options.staticPods.running;
    const wanted = JSON.stringify(running.map(({ pod, isRunning }) => [pod.uid, [...isRunning]]));
    if (wanted === shown) {
      await localClock.sleep(lookAgainMs, options.signal);
      continue;
    }
    try {
      await mirror(running, options);
      shown = wanted;
    } catch (error) {
      options.signal.throwIfAborted();
      options.log.error("Failed creating a mirror pod", messageOf(error));
      await localClock.sleep(retryMs, options.signal);
    }
  }
}

async function mirror(running: readonly RunningPod[], { api, nodeName, signal }: MirrorOptions): Promise<void> {
  const node = await api.get(nodes, { name: nodeName }, { signal });
  const listed = await api.list(pods, { fieldSelector: `spec.nodeName=${nodeName}`, signal });
  const mirrors = listed.filter(({ metadata }) => metadata?.annotations?.["kubernetes.io/config.mirror"] !== undefined);
  for (const { metadata } of mirrors) {
    const { name = "", namespace = "" } = metadata ?? {};
    if (running.some(({ pod }) => pod.uid === metadata?.annotations?.[hashAnnotation])) continue;
    await api.delete(pods, { name, namespace }, { signal });
  }
  for (const { pod, isRunning } of running) {
    const { name, namespace, uid, object } = pod;
    if (!mirrors.some(({ metadata }) => metadata?.annotations?.[hashAnnotation] === uid)) {
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
    await api.patchStatus(`/api/v1/namespaces/${namespace}/pods/${name}`, { status: statusOf(isRunning) }, signal);
  }
}

function statusOf(isRunning: RunningPod["isRunning"]) {
  const ready = [...isRunning.values()].every((runs) => runs);
  const status = ready ? "True" : "False";
  return {
    phase: "Running",
    conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({
      type,
      status: type === "Ready" || type === "ContainersReady" ? status : "True",
    })),
    containerStatuses: [...isRunning].map(([name, runs]) => ({ name, ready: runs, started: runs })),
  };
}
