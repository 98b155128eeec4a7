import type { Clock } from "../../async/clock.ts";
import { doubling, poll } from "../../async/poll.ts";
import { throwIfAborted } from "../../async/signal.ts";
import { type ContainerRuntime, ContainerRuntimeError, type PodSandbox } from "../../cri/container-runtime.ts";
import { aggregateMessage } from "../apis/field-error.ts";

/** Upstream's, for each call. */
const callTimeoutMs = 2_000;
/**
 * How long one pod is tried. The runtime may still be at work on the last wishes of a kubelet that is gone, and a pod
 * whose container is just being started cannot be removed; upstream's five tries in a row are over in milliseconds.
 */
const podDeadlineMs = 10_000;
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
    const pods = await podsOf(options.runtime, options.signal);
    if (pods.length === 0) return;
    await removeAll(pods, options);
  }
  const left = await podsOf(options.runtime, options.signal);
  if (left.length === 0) return;
  throw new ContainerRuntimeError("other", `new pods keep coming: ${left.map(({ id }) => id).join(", ")}`);
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
  try {
    return await poll<undefined>({
      until: async () => {
        const failure =
          (await attempt(`failed to stop running pod ${id}`, runtime.stopPodSandbox(id, options), signal)) ??
          (await attempt(`failed to remove pod ${id}`, runtime.removePodSandbox(id, options), signal));
        if (failure === undefined) return { done: true, value: undefined };
        return { done: false, reason: failure.message, cause: failure };
      },
      everyMs: doubling(25, 400),
      deadlineMs: podDeadlineMs,
      clock,
      signal,
      onTimeout: (reason, cause) => new ContainerRuntimeError("other", reason, cause),
    });
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof ContainerRuntimeError) return error;
    throw error;
  }
}

async function attempt(
  what: string,
  call: Promise<void>,
  signal: AbortSignal,
): Promise<ContainerRuntimeError | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof ContainerRuntimeError)) throw error;
    return new ContainerRuntimeError(error.code, `${what}: ${error.message}`, error);
  }
}
