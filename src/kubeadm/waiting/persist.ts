import type { Clock } from "../../async/clock.ts";
import { type Attempt, poll } from "../../async/poll.ts";
import type { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";

/** Why a look failed, and how long the same failure may go on before it counts as final. */
export interface Failure {
  readonly error: KubeadmError;
  /** Milliseconds; Infinity where only the wait's deadline ends it, 0 where no further look can help. */
  readonly patienceMs: number;
  /** The server asked to be left alone for this long. */
  readonly retryAfterMs?: number;
  /** What stands on the terminal while the wait goes on; the error's message where it is left out. */
  readonly reason?: string;
}

export interface PersistOptions<T> {
  /** Named on the terminal: "cluster-info at https://192.0.2.10:6443". */
  readonly what: string;
  /** `timeoutMs` is how long this one attempt may take. */
  readonly attempt: (signal: AbortSignal, timeoutMs: number) => Promise<T>;
  /** Turns what `attempt` threw into a failure; rethrows what is none. */
  readonly explain: (error: unknown) => Failure | Promise<Failure>;
  /** Finds out why an attempt that is under way gets no answer: told while the attempt lasts. */
  readonly explainSilence?: (signal: AbortSignal) => Promise<string | undefined>;
  readonly deadlineMs: number;
  readonly everyMs: (attempt: Attempt) => number;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/** Longest time for one attempt, and what the last one gets however little is left: a server that lives answers in it. */
const longestAttemptMs = 10_000;
const shortestAttemptMs = 1_000;
/** An attempt that takes longer is looked into. */
const silentAfterMs = 750;

/**
 * Tries again until it works, the deadline passes, or one and the same kind of failure has outlasted its patience: a
 * server that is still starting gets the whole deadline, one that says no is believed within seconds. The failure that
 * stands at the end is thrown, so that the last words are the cause and not "timed out".
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

/** Tells why there is no answer yet, unless the result is called before that is known. */
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

/** Milliseconds between two words about a wait whose reason stays the same. */
const progressEveryMs = 10_000;

/** Tells a wait's reason when it is new and every 10 s: often enough to be believed, seldom enough to be read. */
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
