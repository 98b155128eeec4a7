import type { Clock } from "../../async/clock.ts";
import { doubling, poll } from "../../async/poll.ts";
import { throwIfAborted } from "../../async/signal.ts";
import { type ContainerRuntime, ContainerRuntimeError, type PodSandbox } from "../../cri/container-runtime.ts";
import { aggregateMessage } from "../config/documents/field-error.ts";

/** Timeout of each call in milliseconds, same as upstream. */
const callTimeoutMs = 2_000;
/**
 * How long removing one pod, or listing pods, is retried. The runtime may still process requests of the stopped
 * kubelet, and a pod whose container is being started cannot be removed; upstream's five attempts in a row end within
 * milliseconds.
 */
const deadlineMs = 10_000;
/** Pods that are stopped concurrently: the runtime spends most of the time waiting for processes to exit. */
const atOnce = 8;
/**
 * Rounds of listing pods that have started meanwhile; limited, because a kubelet that could not be stopped would start
 * new ones forever.
 */
const rounds = 5;

type Runtime = Pick<ContainerRuntime, "podSandboxes" | "stopPodSandbox" | "removePodSandbox">;

export interface RemovePodsOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onRemoved: (pod: PodSandbox) => void;
}

/** Lists all pods of the runtime, in any state. */
export function podsOf(runtime: Pick<Runtime, "podSandboxes">, signal: AbortSignal): Promise<readonly PodSandbox[]> {
  return runtime.podSandboxes({ signal, timeoutMs: callTimeoutMs });
}

/**
 * Stops and removes pods until there are none. Throws ContainerRuntimeError for those that remain, after trying all.
 */
export async function removePods(options: RemovePodsOptions): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    const pods = await listed(options);
    if (pods.length === 0) return;
    await removeAll(pods, options);
  }
  const left = await listed(options);
  if (left.length === 0) return;
  throw new ContainerRuntimeError("other", `new Pods keep appearing: ${left.map(({ id }) => id).join(", ")}`);
}

/**
 * Lists pods, with retries for a busy runtime; fails immediately if the runtime is missing or does not know the call.
 */
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

/** Removes a pod; returns why it still exists when the time is over. */
async function removePod(
  { id }: PodSandbox,
  { runtime, clock, signal }: RemovePodsOptions,
): Promise<ContainerRuntimeError | undefined> {
  const options = { signal, timeoutMs: callTimeoutMs };
  const attempt = async () => {
    await withContextOf(`failed to stop running pod ${id}`, runtime.stopPodSandbox(id, options), signal);
    await withContextOf(`failed to remove pod ${id}`, runtime.removePodSandbox(id, options), signal);
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

/** Retries until the deadline, and throws the last failure. */
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

async function withContextOf(what: string, call: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await call;
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof ContainerRuntimeError)) throw error;
    throw new ContainerRuntimeError(error.code, `${what}: ${error.message}`, error);
  }
}
