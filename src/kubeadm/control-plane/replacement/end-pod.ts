import { orElse, unlessAborted } from "../../../async/or-else.ts";
import { poll, pollUntil } from "../../../async/poll.ts";
import { started } from "../../../async/started.ts";
import { ContainerRuntimeError } from "../../../cri/container-runtime.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { formatDuration } from "../../../go/duration.ts";
import { shell } from "../../../values/shell.ts";
import type { StaticPodName } from "../write-manifest.ts";
import { killWithoutEtcd } from "./api-server-without-etcd.ts";
import { awaitNoPod } from "./await-static-pod.ts";
import { hasCgroup } from "./pod-cgroup.ts";
import type { PreviousPods, ReplacementSteps } from "./replacement.ts";
import { askingRuntime, endContainers, readyPods, type StaticPodPorts, withRuntime } from "./running-pods.ts";

type EndingPod = Pick<ReplacementSteps, "timeoutMs" | "hasStoppedServing"> & { readonly component: StaticPodName };

/**
 * Call it before the manifest changes: if the Pod ends immediately, its cgroup no longer exists when the wait begins.
 */
export async function previousPods(component: StaticPodName, ports: StaticPodPorts): Promise<PreviousPods> {
  const uids = await presentUids(component, ports);
  return { uids, hadCgroup: await hasCgroup([...uids], ports.files) };
}

/** Returns the UIDs of the Pods of a component; none if the runtime does not respond: the manifest is put there anyway. */
export async function presentUids(component: StaticPodName, ports: StaticPodPorts): Promise<ReadonlySet<string>> {
  const pods = await orElse([], unlessAborted(ports.signal, ContainerRuntimeError), () =>
    withRuntime(ports, (runtime) => readyPods(component, runtime, ports)),
  );
  return new Set(pods.map(({ uid }) => uid));
}

/** Milliseconds that a container has to end after it has stopped serving. The kubelet kills it after 30 s. */
const drainMs = 5_000;
const pollEveryMs = 100;
/** How long the kubelet cleans up after a Pod if there is nothing to see of that. */
const cleanupMs = 2_000;
/** The kubelet removes the cgroup of a Pod just before it forgets the Pod. */
const forgetsMs = 500;

/**
 * Waits until the kubelet has ended these Pods of a component and forgotten them. Throws if a container does not end, or
 * if the kubelet cannot end it.
 */
export async function awaitEnd(
  { uids, hadCgroup }: PreviousPods,
  ending: EndingPod,
  ports: StaticPodPorts,
): Promise<void> {
  const { component, timeoutMs } = ending;
  const { clock, files, signal } = ports;
  const over = new AbortController();
  void started(killAfterDrain(ending, { ...ports, signal: AbortSignal.any([signal, over.signal]) }));
  try {
    await awaitNoPod({ component, timeoutMs }, uids, ports);
  } finally {
    over.abort();
  }
  const isCleanedUp = async () => hadCgroup && !(await hasCgroup([...uids], files));
  // That the kubelet takes longer is no failure: it then starts the next Pod late.
  await pollUntil(isCleanedUp, { everyMs: pollEveryMs, deadlineMs: cleanupMs, clock, signal });
  if (hadCgroup) await clock.sleep(forgetsMs, signal);
  if (component === "etcd") await killWithoutEtcd(ports);
}

/**
 * Waits until the kubelet has stopped every Pod of a component whose manifest is away. Until then it starts a container
 * again that exits.
 */
export async function awaitNoSandbox(
  { component, timeoutMs }: Pick<EndingPod, "component" | "timeoutMs">,
  ports: StaticPodPorts,
): Promise<void> {
  const { clock, signal } = ports;
  await withRuntime(ports, (runtime) =>
    poll<true>({
      until: () =>
        askingRuntime(ports, async () => {
          if ((await readyPods(component, runtime, ports)).length === 0) return { done: true, value: true };
          return { done: false, reason: `the kubelet has not stopped the Pod of ${component}` };
        }),
      everyMs: () => pollEveryMs,
      deadlineMs: timeoutMs,
      clock,
      signal,
      onTimeout: (reason) =>
        new KubeadmError("CONTROL_PLANE_NOT_STARTED", `${reason} within ${formatDuration(timeoutMs)}`, {
          details: { component },
          remedy: `\`${shell`crictl pods --name ${component}`}\` shows the Pod, and \`journalctl -u kubelet\` shows why it wasn't stopped. Then run the same command again.`,
        }),
    }),
  );
}

/**
 * Ends the container of a component that has stopped serving. An API server closes its listener immediately, and then
 * waits for the end of its watches, which only the kubelet's kill ends after 30 s.
 */
async function killAfterDrain(
  { component, hasStoppedServing, timeoutMs }: EndingPod,
  ports: StaticPodPorts,
): Promise<void> {
  if (hasStoppedServing === undefined) return;
  const { clock, signal } = ports;
  const options = { everyMs: pollEveryMs, deadlineMs: timeoutMs, clock, signal };
  if (await pollUntil(hasStoppedServing, options)) await endContainers(component, { graceMs: drainMs }, ports);
}
