import type { Clock } from "../../async/clock.ts";
import { poll } from "../../async/poll.ts";
import { throwIfAborted } from "../../async/signal.ts";
import { started } from "../../async/started.ts";
import { type ContainerRuntime, ContainerRuntimeError } from "../../cri/container-runtime.ts";
import { type DownloadProgress, downloadText } from "../../events/download-progress.ts";
import type { Events } from "../../events/events.ts";
import { defined } from "../../values/defined.ts";
import { shell } from "../../values/shell.ts";
import { type DownloadMeter, downloadMeter } from "./download-meter.ts";

/** Upstream waits forever; no control-plane image takes this long on a working connection. */
const pullTimeoutMs = 30 * 60_000;
/** Attempts for each image, same as upstream. */
export const pullAttempts = 5;
const reportEveryMs = 10_000;
const lookEveryMs = 1_000;

/** Progress of the pulls of one command. Only the first running pull reports, for all of them. */
export interface PullRound {
  readonly total: number;
  readonly present: Set<string>;
  readonly underWay: Set<string>;
  /** Registries from which pulls are known to fail. */
  readonly told: Set<string>;
  /** Of the first pull, by the monotonic clock. */
  startedAt?: number;
  /** Of the pulls that are under way; undefined if the runtime does not tell. */
  meter: DownloadMeter | undefined;
  download?: DownloadProgress | undefined;
}

export function pullRound(images: readonly string[]): PullRound {
  return {
    total: new Set(images).size,
    present: new Set(),
    underWay: new Set(),
    told: new Set(),
    meter: downloadMeter(),
  };
}

export interface PullOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
  readonly attempts: number;
  readonly round: PullRound;
}

/**
 * Pulls an image through the runtime, and reports progress every ten seconds. Returns the reason of the last attempt if
 * the image cannot be pulled, without gRPC's prefix, as upstream prints it.
 */
export async function pullImage(image: string, options: PullOptions): Promise<string | undefined> {
  const { round } = options;
  const { underWay, present } = round;
  if (underWay.size === 0) forgetDownloads(round);
  underWay.add(image);
  reportRound(options);
  try {
    const failure = await attemptPulls(image, options);
    if (failure === undefined) present.add(image);
    return failure;
  } finally {
    underWay.delete(image);
    reportRound(options);
  }
}

function forgetDownloads(round: PullRound): void {
  round.meter &&= downloadMeter();
  round.download = undefined;
}

/** Reports how far the pulls of the command have come. */
function reportRound({ round, clock, events }: PullOptions, earlier = ""): void {
  const now = clock.monotonic();
  round.startedAt ??= now;
  events.emit("images.progress", {
    present: round.present.size,
    total: round.total,
    pulling: [...round.underWay],
    ...defined({ download: round.download }),
    ...(earlier === "" ? {} : { reason: earlier }),
    elapsedMs: now - round.startedAt,
    deadlineMs: pullTimeoutMs,
  });
}

async function attemptPulls(image: string, options: PullOptions): Promise<string | undefined> {
  let failure = "";
  for (let attempt = 1; attempt <= options.attempts; attempt++) {
    const outcome = await attemptPull(image, { ...options, earlier: failure });
    if (outcome === undefined) return undefined;
    failure = outcome;
    if (attempt < options.attempts) reportRound(options, failure);
  }
  return failure;
}

async function attemptPull(
  image: string,
  options: PullOptions & { readonly earlier: string },
): Promise<string | undefined> {
  const { runtime, clock, events, signal, round, earlier } = options;
  const isSpeaker = () => round.underWay.values().next().value === image;
  events.emit("log", { level: 1, message: `pulling: ${image}` });
  const result: { done: boolean; failure?: string | undefined } = { done: false };
  const pulling = started(
    pullOnce(image, runtime, signal).then((failure) => {
      result.failure = failure;
      result.done = true;
    }),
  );
  let reportedMs = 0;
  await poll<void>({
    clock,
    signal,
    deadlineMs: pullTimeoutMs + reportEveryMs,
    everyMs: () => lookEveryMs,
    wakeUp: () => pulling,
    until: async ({ elapsedMs }) => {
      if (elapsedMs >= lookEveryMs && isSpeaker()) await lookAtDownloads(options);
      return result.done ? { done: true, value: undefined } : { done: false, reason: "" };
    },
    onWaiting: (_reason, { elapsedMs }) => {
      if (elapsedMs - reportedMs < reportEveryMs || !isSpeaker()) return;
      reportedMs = elapsedMs;
      const what = `pull of ${[...round.underWay].join(", ")}`;
      const bytes = round.download === undefined ? "" : `; downloaded ${downloadText(round.download)}`;
      const count = `${round.present.size} of ${round.total} images are present${bytes}`;
      const reason = earlier === "" ? count : `${count}; retrying after: ${earlier}`;
      events.emit("wait.progress", { what, reason, elapsedMs, deadlineMs: pullTimeoutMs, group: "images" });
      if (earlier === "" || round.told.has(registryOf(image))) return;
      round.told.add(registryOf(image));
      events.emit("wait.action", {
        what,
        reason,
        action: reachRegistry,
        commands: [shell`crictl pull ${image}`],
      });
    },
    onTimeout: () => new ContainerRuntimeError("timed-out", `the pull of ${image} takes too long`),
  });
  return result.failure;
}

/** Reports what the runtime has downloaded, if it tells. */
async function lookAtDownloads(options: PullOptions & { readonly earlier: string }): Promise<void> {
  const { runtime, clock, signal, round } = options;
  if (round.meter === undefined || runtime.downloads === undefined) return;
  try {
    const downloads = await runtime.downloads({ signal, timeoutMs: lookEveryMs });
    round.download = round.meter.take(downloads, clock.monotonic());
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof ContainerRuntimeError)) throw error;
    // A busy runtime may answer the next time.
    if (error.code !== "timed-out") round.meter = undefined;
    return;
  }
  if (round.download !== undefined && round.underWay.size > 0) reportRound(options, options.earlier);
}

const reachRegistry =
  "Check this machine's connection to the registry, including the proxy settings of the runtime's service. This shows the failure:";

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

/** Reports whether the registry itself is unreachable, so that its other images would fail too. */
export function isUnreachable(failure: string): boolean {
  return /dial tcp|no such host|network is unreachable|i\/o timeout|connection refused|proxyconnect|x509: /.test(
    failure,
  );
}

/** Returns the registry of an image: "registry.k8s.io" of "registry.k8s.io/coredns/coredns:v1". */
export function registryOf(image: string): string {
  return image.split("/", 1)[0] ?? "";
}
