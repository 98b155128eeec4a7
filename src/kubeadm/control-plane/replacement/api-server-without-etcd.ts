import { orElse, unlessAborted } from "../../../async/or-else.ts";
import { pollUntil } from "../../../async/poll.ts";
import { started } from "../../../async/started.ts";
import { ContainerRuntimeError } from "../../../cri/container-runtime.ts";
import { usesOnlyLocalEtcd } from "../../etcd/local-member.ts";
import { endContainers, type StaticPodPorts } from "./running-pods.ts";

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
  void started(endContainers("kube-apiserver", { graceMs }, ports));
  // Requests that fail are no reason not to upgrade.
  await pollUntil(hasStoppedServing, { everyMs: pollEveryMs, deadlineMs: stopsServingMs, clock, signal });
}

/**
 * Kills the API server that has lost its only etcd. It accepts requests and does not answer them, and the kubelet makes
 * two for the mirror Pod before it starts etcd: each takes half a minute. While it restarts, requests are refused
 * immediately. One that has ended early is just being started again.
 */
export async function killWithoutEtcd(ports: StaticPodPorts): Promise<void> {
  if (!(await usesOnlyLocalEtcd(ports.files))) return;
  const { clock, signal } = ports;
  const hasKilled = async () => (await endContainers("kube-apiserver", { graceMs: 0 }, ports)) > 0;
  await orElse(undefined, unlessAborted(signal, ContainerRuntimeError), () =>
    pollUntil(hasKilled, { everyMs: pollEveryMs, deadlineMs: startsAgainMs, clock, signal }),
  );
}
