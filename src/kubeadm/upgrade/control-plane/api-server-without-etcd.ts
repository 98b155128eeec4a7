import { poll } from "../../../async/poll.ts";
import { throwIfAborted } from "../../../async/signal.ts";
import { ContainerRuntimeError } from "../../../cri/container-runtime.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { usesOnlyLocalEtcd } from "../../etcd/local-member.ts";
import { endContainers } from "./running-pods.ts";
import type { StaticPodPorts } from "./static-pod-change.ts";

/** How long an API server that has stopped serving may wait for the end of its only etcd: as long as the kubelet lets it. */
const graceMs = 30_000;
/** Its listener closes within a second. */
const stopsServingMs = 5_000;
/** From the end of its container to the next one. */
const startsAgainMs = 2_000;
const pollEveryMs = 100;

/**
 * Lets the API server, which is about to lose its only etcd, answer the requests that it has, and refuse all others: a
 * load balancer then takes them to another control plane. Without etcd it would accept them, and fail. Once etcd has ended,
 * `killWithoutEtcd` must end it.
 */
export async function stopServingWithoutEtcd(
  hasStoppedServing: () => Promise<boolean>,
  ports: StaticPodPorts,
): Promise<void> {
  if (!(await usesOnlyLocalEtcd(ports.files))) return;
  const { clock, signal } = ports;
  // It waits for the end of its watches. If it does not end in time, the runtime kills it.
  endContainers("kube-apiserver", { graceMs }, ports).catch(() => undefined);
  await poll<true>({
    // Requests that fail are no reason not to upgrade.
    until: async ({ elapsedMs }) =>
      (await hasStoppedServing()) || elapsedMs >= stopsServingMs
        ? { done: true, value: true }
        : { done: false, reason: "the API server still serves" },
    everyMs: () => pollEveryMs,
    deadlineMs: 2 * stopsServingMs,
    clock,
    signal,
    onTimeout: (reason) => new KubeadmError("CONTROL_PLANE_NOT_STARTED", reason),
  });
}

/**
 * Kills the API server that has lost its only etcd. It accepts requests and does not answer them, and the kubelet makes
 * two for the mirror Pod before it starts etcd: each takes half a minute. While it restarts, requests are refused at once.
 * One that has ended early is just being started again.
 */
export async function killWithoutEtcd(ports: StaticPodPorts): Promise<void> {
  if (!(await usesOnlyLocalEtcd(ports.files))) return;
  const { clock, signal } = ports;
  try {
    await poll<true>({
      until: async ({ elapsedMs }) => {
        const ended = await endContainers("kube-apiserver", { graceMs: 0 }, ports);
        if (ended > 0 || elapsedMs >= startsAgainMs) return { done: true, value: true };
        return { done: false, reason: "the API server does not run" };
      },
      everyMs: () => pollEveryMs,
      deadlineMs: 2 * startsAgainMs,
      clock,
      signal,
      onTimeout: (reason) => new KubeadmError("CONTROL_PLANE_NOT_STARTED", reason),
    });
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof ContainerRuntimeError)) throw error;
  }
}
