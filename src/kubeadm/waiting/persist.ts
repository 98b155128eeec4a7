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
  readonly attempt: (signal: AbortSignal) => Promise<T>;
  /** Turns what `attempt` threw into a failure; rethrows what is none. */
  readonly explain: (error: unknown) => Failure | Promise<Failure>;
  readonly deadlineMs: number;
  readonly everyMs: (attempt: Attempt) => number;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/**
 * Tries again until it works, the deadline passes, or one and the same kind of failure has outlasted its patience: a
 * server that is still starting gets the whole deadline, one that says no is believed within seconds. The failure that
 * stands at the end is thrown, so that the last words are the cause and not "timed out".
 */
export async function persist<T>(options: PersistOptions<T>): Promise<T> {
  const { clock, events, deadlineMs } = options;
  let failing: { readonly code: string; readonly since: number } | undefined;
  let retryAfterMs = 0;
  return poll<T>({
    until: async (_attempt, signal) => {
      try {
        return { done: true, value: await options.attempt(signal) };
      } catch (error) {
        const failure = await options.explain(error);
        const now = clock.monotonic();
        if (failing?.code !== failure.error.code) failing = { code: failure.error.code, since: now };
        if (now - failing.since >= failure.patienceMs) throw failure.error;
        retryAfterMs = failure.retryAfterMs ?? 0;
        return { done: false, reason: failure.reason ?? failure.error.message, cause: failure.error };
      }
    },
    everyMs: (attempt) => Math.max(options.everyMs(attempt), retryAfterMs),
    deadlineMs,
    clock,
    signal: options.signal,
    onWaiting: progressTeller({ what: options.what, deadlineMs, events }),
    onTimeout: (_reason, cause) => cause as KubeadmError,
  });
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
