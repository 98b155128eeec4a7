import type { Clock } from "../../async/clock.ts";
import { doubling, poll } from "../../async/poll.ts";
import { throwIfAborted } from "../../async/signal.ts";
import { type ContainerRuntime, ContainerRuntimeError, type PodSandbox } from "../../cri/container-runtime.ts";
import { aggregateMessage } from "../config/documents/field-error.ts";

/** Upstream's, for each call. */
const callTimeoutMs = 2_000;
/**
 * How long one pod is tried, and the list of them. The runtime may still be at work on the last wishes of a kubelet that is gone, and a pod
 * whose container is just being started cannot be removed; upstream's five tries in a row are over in milliseconds.
 */
const deadlineMs = 10_000;
/** Pods that are stopped side by side: most of the time goes by in the runtime, waiting for processes to end. */
const atOnce = 8;
/** Looks for pods that have come up meanwhile. A kubelet that could not be stopped would bring new ones for ever. */
const rounds = 5;

type Runtime = Pick<ContainerRuntime, "podSandboxes" | "stopPodSandbox" | "removePodSandbox">;

export interface RemovePodsOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onRemoved: (pod: PodSandbox) => void;
}

/** Every pod of the runtime, of whatever state. */
export function podsOf(runtime: Pick<Runtime, "podSandboxes">, signal: AbortSignal): Promise<readonly PodSandbox[]> {
  return runtime.podSandboxes({ signal, timeoutMs: callTimeoutMs });
}

/** Stops and removes pods until there are none. Throws ContainerRuntimeError for those that stay, after trying all. */
export async function removePods(options: RemovePodsOptions): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    const pods = await listed(options);
    if (pods.length === 0) return;
    await removeAll(pods, options);
  }
  const left = await listed(options);
  if (left.length === 0) return;
  throw new ContainerRuntimeError("other", `new pods keep coming: ${left.map(({ id }) => id).join(", ")}`);
}

/** A runtime that is busy gets time to answer; one that is not there, or knows no such call, is believed at once. */
function listed({ runtime, clock, signal }: RemovePodsOptions): Promise<readonly PodSandbox[]> {
  return persist({
    attempt: () => podsOf(runtime, signal),
    isTransient: ({ code }) => code === "timed-out",
    clock,
    signal,
  });
}

async function removeAll(pods: readonly PodSandbox[], options: RemovePodsOptions): Promise<void> {
  const waiting = [...pods];
  const failures: ContainerRuntimeError[] = [];
  const work = async () => {
    for (let pod = waiting.shift(); pod !== undefined; pod = waiting.shift()) {
      const failure = await removePod(pod, options);
      if (failure === undefined) options.onRemoved(pod);
      else failures.push(failure);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, waiting.length) }, work));
  const [first] = failures;
  if (first === undefined) return;
  throw new ContainerRuntimeError(first.code, aggregateMessage(failures.map(({ message }) => message)), first);
}

/** Returns why the pod is still there when its time is over. */
async function removePod(
  { id }: PodSandbox,
  { runtime, clock, signal }: RemovePodsOptions,
): Promise<ContainerRuntimeError | undefined> {
  const options = { signal, timeoutMs: callTimeoutMs };
  const attempt = async () => {
    await told(`failed to stop running pod ${id}`, runtime.stopPodSandbox(id, options), signal);
    await told(`failed to remove pod ${id}`, runtime.removePodSandbox(id, options), signal);
  };
  try {
    await persist({ attempt, isTransient: () => true, clock, signal });
    return undefined;
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof ContainerRuntimeError) return error;
    throw error;
  }
}

interface PersistOptions<T> {
  readonly attempt: () => Promise<T>;
  readonly isTransient: (error: ContainerRuntimeError) => boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Tries until the deadline, and throws the last failure. */
function persist<T>({ attempt, isTransient, clock, signal }: PersistOptions<T>): Promise<T> {
  return poll<T>({
    until: async () => {
      try {
        return { done: true, value: await attempt() };
      } catch (error) {
        throwIfAborted(signal);
        if (!(error instanceof ContainerRuntimeError && isTransient(error))) throw error;
        return { done: false, reason: error.message, cause: error };
      }
    },
    everyMs: doubling(25, 400),
    deadlineMs,
    clock,
    signal,
    onTimeout: (reason, cause) =>
      cause instanceof ContainerRuntimeError ? cause : new ContainerRuntimeError("other", reason),
  });
}

async function told(what: string, call: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await call;
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof ContainerRuntimeError)) throw error;
    throw new ContainerRuntimeError(error.code, `${what}: ${error.message}`, error);
  }
}
