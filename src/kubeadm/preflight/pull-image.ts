import type { Clock } from "../../async/clock.ts";
import { poll } from "../../async/poll.ts";
import { throwIfAborted } from "../../async/signal.ts";
import { type ContainerRuntime, ContainerRuntimeError } from "../../cri/container-runtime.ts";
import type { Events } from "../../events/events.ts";

/** Upstream waits for ever; no image of a control plane takes this long on a line that works. */
const pullTimeoutMs = 30 * 60_000;
/** What upstream allows itself for each image. */
export const pullAttempts = 5;
const tellEveryMs = 10_000;

export interface PullOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
  readonly attempts: number;
}

/**
 * Has the runtime pull an image, and says every ten seconds that it is at it. Gives the reason of the last attempt where
 * the image cannot be had, without gRPC's words before it, as upstream tells it.
 */
export async function pullImage(image: string, options: PullOptions): Promise<string | undefined> {
  let failure = "";
  for (let attempt = 1; attempt <= options.attempts; attempt++) {
    const outcome = await attemptPull(image, { ...options, earlier: failure });
    if (outcome === undefined) return undefined;
    failure = outcome;
  }
  return failure;
}

async function attemptPull(
  image: string,
  { runtime, clock, events, signal, earlier }: PullOptions & { readonly earlier: string },
): Promise<string | undefined> {
  events.emit("log", { level: 1, message: `pulling: ${image}` });
  const result: { done: boolean; failure?: string | undefined } = { done: false };
  const pulling = pullOnce(image, runtime, signal).then((failure) => {
    result.failure = failure;
    result.done = true;
  });
  await poll<void>({
    clock,
    signal,
    deadlineMs: pullTimeoutMs + tellEveryMs,
    everyMs: () => tellEveryMs,
    wakeUp: () => pulling,
    until: async () => (result.done ? { done: true, value: undefined } : { done: false, reason: "" }),
    onWaiting: (_reason, { elapsedMs }) => {
      if (elapsedMs < tellEveryMs) return;
      const reason = earlier === "" ? "the container runtime is at it" : `tried again, after: ${earlier}`;
      events.emit("wait.progress", { what: `pull of ${image}`, reason, elapsedMs, deadlineMs: pullTimeoutMs });
    },
    onTimeout: () => new ContainerRuntimeError("timed-out", `the pull of ${image} takes too long`),
  });
  return result.failure;
}

async function pullOnce(image: string, runtime: ContainerRuntime, signal: AbortSignal): Promise<string | undefined> {
  try {
    await runtime.pullImage(image, { signal, timeoutMs: pullTimeoutMs });
    return undefined;
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof ContainerRuntimeError)) throw error;
    return error.message.replace(/^rpc error: code = \w+ desc = /, "");
  }
}

/** Whether the registry itself cannot be reached: another of its images would not fare better. */
export function isWithoutWay(failure: string): boolean {
  return /dial tcp|no such host|network is unreachable|i\/o timeout|connection refused|proxyconnect|x509: /.test(
    failure,
  );
}

/** "registry.k8s.io" of "registry.k8s.io/coredns/coredns:v1". */
export function registryOf(image: string): string {
  return image.split("/", 1)[0] ?? "";
}
