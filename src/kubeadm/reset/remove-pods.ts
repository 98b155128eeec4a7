import { throwIfAborted } from "../../async/signal.ts";
import { type ContainerRuntime, ContainerRuntimeError, type PodSandbox } from "../../cri/container-runtime.ts";
import { aggregateMessage } from "../apis/field-error.ts";

/** Upstream's: tries for each pod, and milliseconds for each call. */
const tries = 5;
const callTimeoutMs = 2_000;
/** Pods that are stopped side by side: most of the time goes by in the runtime, waiting for processes to end. */
const atOnce = 8;

export interface RemovePodsOptions {
  readonly runtime: ContainerRuntime;
  readonly signal: AbortSignal;
  readonly onRemoved: (pod: PodSandbox) => void;
}

/** Every pod of the runtime, of whatever state. */
export function podsOf(runtime: ContainerRuntime, signal: AbortSignal): Promise<readonly PodSandbox[]> {
  return runtime.podSandboxes({ signal, timeoutMs: callTimeoutMs });
}

/** Stops and removes all pods of the runtime. Throws ContainerRuntimeError for those that stay, after trying all. */
export async function removePods(options: RemovePodsOptions): Promise<void> {
  const { runtime, signal, onRemoved } = options;
  const waiting = [...(await podsOf(runtime, signal))];
  const failures: ContainerRuntimeError[] = [];
  const work = async () => {
    for (let pod = waiting.shift(); pod !== undefined; pod = waiting.shift()) {
      const failure = await removePod(pod, options);
      if (failure === undefined) onRemoved(pod);
      else failures.push(failure);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, waiting.length) }, work));
  const [first] = failures;
  if (first === undefined) return;
  throw new ContainerRuntimeError(first.code, aggregateMessage(failures.map(({ message }) => message)), first);
}

async function removePod(
  { id }: PodSandbox,
  { runtime, signal }: RemovePodsOptions,
): Promise<ContainerRuntimeError | undefined> {
  const options = { signal, timeoutMs: callTimeoutMs };
  let failure: ContainerRuntimeError | undefined;
  for (let number = 1; number <= tries; number++) {
    failure =
      (await attempt(`failed to stop running pod ${id}`, runtime.stopPodSandbox(id, options), signal)) ??
      (await attempt(`failed to remove pod ${id}`, runtime.removePodSandbox(id, options), signal));
    if (failure === undefined) return undefined;
  }
  return failure;
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
