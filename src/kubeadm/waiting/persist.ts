import type { Clock } from "../../async/clock.ts";
import { type Attempt, poll } from "../../async/poll.ts";
import type { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";

/** Why an attempt failed, and how long the same failure may last before it counts as final. */
export interface Failure {
  readonly error: KubeadmError;
  /** Milliseconds; Infinity if only the wait's deadline ends it, 0 if another attempt cannot help. */
  readonly patienceMs: number;
  /** Milliseconds for which the server asked not to be called again (Retry-After). */
  readonly retryAfterMs?: number;
  /** What the terminal shows while the wait continues; the error's message by default. */
  readonly reason?: string;
}

export interface PersistOptions<T> {
  /** Shown on the terminal: "cluster-info at https://192.0.2.10:6443". */
  readonly what: string;
  /** `timeoutMs` limits this one attempt. */
  readonly attempt: (signal: AbortSignal, timeoutMs: number) => Promise<T>;
  /** Turns what `attempt` threw into a failure; rethrows other errors. */
  readonly explain: (error: unknown) => Failure | Promise<Failure>;
  /** Finds out why a running attempt gets no answer; reported while the attempt lasts. */
  readonly explainSilence?: (signal: AbortSignal) => Promise<string | undefined>;
  readonly deadlineMs: number;
  readonly everyMs: (attempt: Attempt) => number;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/**
 * Limit of one attempt; the last attempt gets it even if less time is left, because a healthy server answers within it.
 */
const longestAttemptMs = 10_000;
const shortestAttemptMs = 1_000;
/** The cause of the silence is probed after this time. */
const silentAfterMs = 750;

/**
 * Retries until an attempt succeeds, the deadline passes, or the same kind of failure has outlasted its patience: a
 * server that is still starting gets the whole deadline, a refusal is final within seconds. Throws the last failure, so
 * that the message is the cause and not "timed out".
 */
export async function persist<T>(options: PersistOptions<T>): Promise<T> {
  const { clock, events, deadlineMs } = options;
  let failing: { readonly code: string; readonly since: number } | undefined;
  let retryAfterMs = 0;
  const tell = progressTeller({ what: options.what, deadlineMs, events });
  return poll<T>({
    until: async (attempt, signal) => {
      const timeoutMs = Math.min(Math.max(attempt.remainingMs, shortestAttemptMs), longestAttemptMs);
      const answered = tellSilence(options, attempt, tell);
      try {
        return { done: true, value: await options.attempt(signal, timeoutMs) };
      } catch (error) {
        answered();
        const failure = await options.explain(error);
        const now = clock.monotonic();
        if (failing?.code !== failure.error.code) failing = { code: failure.error.code, since: now };
        if (now - failing.since >= failure.patienceMs) throw failure.error;
        retryAfterMs = failure.retryAfterMs ?? 0;
        return { done: false, reason: failure.reason ?? failure.error.message, cause: failure.error };
      } finally {
        answered();
      }
    },
    everyMs: (attempt) => Math.max(options.everyMs(attempt), retryAfterMs),
    deadlineMs,
    clock,
    signal: options.signal,
    onWaiting: tell,
    onTimeout: (_reason, cause) => cause as KubeadmError,
  });
}

/** Reports why there is no answer yet; the returned function cancels the report. */
function tellSilence<T>(
  { explainSilence, clock, signal }: PersistOptions<T>,
  attempt: Attempt,
  tell: (reason: string, attempt: Attempt) => void,
): () => void {
  if (explainSilence === undefined) return () => undefined;
  const started = clock.monotonic();
  const over = new AbortController();
  const look = async () => {
    const reason = await explainSilence(AbortSignal.any([signal, over.signal]));
    if (reason === undefined || over.signal.aborted) return;
    tell(reason, { ...attempt, elapsedMs: attempt.elapsedMs + clock.monotonic() - started });
  };
  // A timer and not the clock's sleep: a clock that runs ahead of a real server must not call it silent.
  const timer = setTimeout(() => void look().catch(() => undefined), silentAfterMs);
  return () => {
    clearTimeout(timer);
    over.abort();
  };
}

/** Milliseconds between two reports of a wait whose reason stays the same. */
const progressEveryMs = 10_000;

/**
 * Returns a function that reports a wait's reason when it changes and every 10 s: often enough to show progress, seldom
 * enough to be read.
 */
export function progressTeller(options: {
  readonly what: string;
  readonly deadlineMs: number;
  readonly events: Events;
}): (reason: string, attempt: Attempt) => void {
  let toldReason = "";
  let toldAt = 0;
  return (reason, { elapsedMs }) => {
    if (reason === toldReason && elapsedMs - toldAt < progressEveryMs) return;
    toldReason = reason;
    toldAt = elapsedMs;
    options.events.emit("wait.progress", { what: options.what, reason, elapsedMs, deadlineMs: options.deadlineMs });
  };
}
