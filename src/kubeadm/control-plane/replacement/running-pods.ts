import type { Clock } from "../../../async/clock.ts";
import type { Verdict } from "../../../async/poll.ts";
import { throwIfAborted } from "../../../async/signal.ts";
import {
  type Container,
  type ContainerRuntime,
  ContainerRuntimeError,
  type PodSandbox,
} from "../../../cri/container-runtime.ts";
import type { Events } from "../../../events/events.ts";
import type { Files } from "../../../host/host.ts";
import type { Services } from "../../../host/service-manager.ts";
import { staticPodSandboxes } from "../static-pod-containers.ts";
import type { StaticPodName } from "../write-manifest.ts";

export interface RunningPodsPorts {
  /** Connects for each wait, so that a restart of the runtime in between does no harm. */
  readonly connectRuntime: () => ContainerRuntime;
  /** The name of the kubelet's Node; the names of its static Pods end in it. */
  readonly nodeName: string;
  readonly signal: AbortSignal;
}

export interface StaticPodPorts extends RunningPodsPorts {
  readonly files: Files;
  readonly services: Services;
  readonly clock: Clock;
  readonly events: Events;
}

/** The Pod of a component with its container that runs. */
export interface RunningPod {
  readonly uid: string;
  readonly container: Container;
}

const callTimeoutMs = 2_000;
/** For a container to end after the runtime has killed it. */
const killMs = 5_000;

/** Runs an action with a connection to the container runtime. */
export async function withRuntime<T>(
  { connectRuntime }: Pick<RunningPodsPorts, "connectRuntime">,
  action: (runtime: ContainerRuntime) => Promise<T>,
): Promise<T> {
  const runtime = connectRuntime();
  try {
    return await action(runtime);
  } finally {
    runtime.close();
  }
}

/** Returns the Pods of a component whose container runs, the newest last. */
export async function runningPods(
  component: StaticPodName,
  runtime: Pick<ContainerRuntime, "podSandboxes" | "containers">,
  ports: Pick<RunningPodsPorts, "nodeName" | "signal">,
): Promise<readonly RunningPod[]> {
  const options = { signal: ports.signal, timeoutMs: callTimeoutMs };
  const found = await Promise.all(
    (await readyPods(component, runtime, ports)).map(async ({ id, uid }) =>
      (await runtime.containers(id, options))
        .filter(({ name, state }) => name === component && state === "running")
        .map((container) => ({ uid, container })),
    ),
  );
  return found
    .flat()
    .toSorted((left, right) => left.container.createdAt.getTime() - right.container.createdAt.getTime());
}

/** Returns the Pod of a component whose container is the newest that runs. */
export async function newestPod(component: StaticPodName, ports: RunningPodsPorts): Promise<RunningPod | undefined> {
  return (await withRuntime(ports, (runtime) => runningPods(component, runtime, ports))).at(-1);
}

/** Returns the Pods of a component that the kubelet has not stopped. */
export async function readyPods(
  component: StaticPodName,
  runtime: Pick<ContainerRuntime, "podSandboxes">,
  { nodeName, signal }: Pick<RunningPodsPorts, "nodeName" | "signal">,
): Promise<readonly PodSandbox[]> {
  const pods = await staticPodSandboxes(component, { runtime, nodeName, signal, timeoutMs: callTimeoutMs });
  return pods.filter(({ ready }) => ready);
}

/** Ends the containers of a component; those that still run after `graceMs` are killed. Returns how many there were. */
export async function endContainers(
  component: StaticPodName,
  { graceMs }: { readonly graceMs: number },
  ports: RunningPodsPorts,
): Promise<number> {
  const { signal } = ports;
  return withRuntime(ports, async (runtime) => {
    const pods = await runningPods(component, runtime, ports);
    for (const { container } of pods) {
      await runtime.stopContainer(container.id, { signal, graceMs, timeoutMs: graceMs + killMs });
    }
    return pods.length;
  });
}

/** One check of a wait that asks the container runtime, which may answer the next time if it does not now. */
export async function askingRuntime<T>(
  { signal }: Pick<RunningPodsPorts, "signal">,
  check: () => Promise<Verdict<T>>,
): Promise<Verdict<T>> {
  try {
    return await check();
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof ContainerRuntimeError)) throw error;
    return { done: false, reason: error.message };
  }
}
