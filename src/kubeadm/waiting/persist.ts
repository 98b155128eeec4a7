import type { Clock } from "../../async/clock.ts";
import { type Attempt, poll } from "../../async/poll.ts";
import type { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { ShellCommand } from "../../values/shell.ts";

/** What someone else has to do so that a wait can end. Never something that destroys: nothing has failed yet. */
export interface NeededAction {
  /** One or two sentences. */
  readonly action: string;
  /** Commands that do it, or that show more. */
  readonly commands?: readonly ShellCommand[];
}

/** Why an attempt failed, and how long the same failure may last before it counts as final. */
export interface Failure {
  readonly error: KubeadmError;
  /** Milliseconds; Infinity if only the wait's deadline ends it, 0 if another attempt cannot help. */
  readonly patienceMs: number;
  /** Milliseconds for which the server asked not to be called again (Retry-After). */
  readonly retryAfterMs?: number;
  /** What the terminal shows while the wait continues; the error's message by default. */
  readonly reason?: string;
  /** What ends the failure, if waiting alone may not. Told when the failure has lasted for some seconds. */
  readonly action?: NeededAction;
}

export interface PersistOptions<T> {
  /** Shown on the terminal: "cluster-info at https://192.0.2.10:6443". */
  readonly what: string;
  /** `timeoutMs` limits this one attempt. */
  readonly attempt: (signal: AbortSignal, timeoutMs: number) => Promise<T>;
  /** Turns what `attempt` threw into a failure; rethrows other errors. */
  readonly explain: (error: unknown) => Failure | Promise<Failure>;
  /** Finds out why a running attempt gets no answer; reported while the attempt lasts. */
  readonly explainNoAnswer?: (signal: AbortSignal) => Promise<string | undefined>;
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
/** Milliseconds without an answer after which the cause is probed. */
const probeAfterMs = 750;
/** A server that is starting or another run that is finishing needs no action: the advice is printed only after this time. */
export const actionAfterMs = 5_000;

/**
 * Retries until an attempt succeeds, the deadline passes, or the same kind of failure has outlasted its patience: a
 * server that is still starting gets the whole deadline, a refusal is final within seconds. Throws the last failure, so
 * that the message is the cause and not "timed out".
 */
export async function persist<T>(options: PersistOptions<T>): Promise<T> {
  const { clock, events, deadlineMs } = options;
  let failing: { readonly code: string; readonly since: number } | undefined;
  let retryAfterMs = 0;
  let needed: NeededAction | undefined;
  using progress = progressReporter({ what: options.what, deadlineMs, clock, events });
  const report = (reason: string, attempt: Attempt) => progress(reason, attempt, needed);
  return await poll<T>({
    until: async (attempt, signal) => {
      const timeoutMs = Math.min(Math.max(attempt.remainingMs, shortestAttemptMs), longestAttemptMs);
      const answered = reportNoAnswer(options, attempt, report);
      try {
        return { done: true, value: await options.attempt(signal, timeoutMs) };
      } catch (error) {
        answered();
        const failure = await options.explain(error);
        const now = clock.monotonic();
        if (failing?.code !== failure.error.code) failing = { code: failure.error.code, since: now };
        if (now - failing.since >= failure.patienceMs) throw failure.error;
        retryAfterMs = failure.retryAfterMs ?? 0;
        needed = now - failing.since >= actionAfterMs ? failure.action : undefined;
        return { done: false, reason: failure.reason ?? failure.error.message, cause: failure.error };
      } finally {
        answered();
      }
    },
    everyMs: (attempt) => spread(options.everyMs(attempt), retryAfterMs, clock.chance?.()),
    deadlineMs,
    clock,
    signal: options.signal,
    onWaiting: report,
    onTimeout: (_reason, cause) => cause as KubeadmError,
  });
}

/**
 * The pause before the next attempt: half as long up to one and a half times as long as usual, by chance. Two hundred machines
 * that a server refused at the same time would otherwise all return at the same time, again and with each retry. What the
 * server asked for is a minimum.
 */
function spread(usualMs: number, retryAfterMs: number, chance: number | undefined): number {
  if (chance === undefined) return Math.max(usualMs, retryAfterMs);
  return Math.max(usualMs * (0.5 + chance), retryAfterMs * (1 + chance / 2));
}

/** Reports why there is no response yet; the returned function cancels the report. */
function reportNoAnswer<T>(
  { explainNoAnswer, clock, signal }: PersistOptions<T>,
  attempt: Attempt,
  report: (reason: string, attempt: Attempt) => void,
): () => void {
  if (explainNoAnswer === undefined) return () => undefined;
  const started = clock.monotonic();
  const over = new AbortController();
  const probe = async () => {
    const reason = await explainNoAnswer(AbortSignal.any([signal, over.signal]));
    if (reason === undefined || over.signal.aborted) return;
    report(reason, { ...attempt, elapsedMs: attempt.elapsedMs + clock.monotonic() - started });
  };
  // A timer instead of the clock's sleep, because the clock of a test may run ahead of a real server.
  const timer = setTimeout(() => void probe().catch(() => undefined), probeAfterMs);
  return () => {
    clearTimeout(timer);
    over.abort();
  };
}

/** Milliseconds between two reports of a wait whose reason stays the same. */
const progressEveryMs = 10_000;

/** Reports the reason of a wait; disposed of, it reports that the wait is over. */
export interface ProgressReporter extends Disposable {
  (reason: string, attempt: Attempt, needed?: NeededAction): void;
}

/**
 * Returns a function that reports a wait's reason when it changes and every 10 s: often enough to show progress, seldom
 * enough to be read. What someone else has to do is reported once.
 */
export function progressReporter(options: {
  readonly what: string;
  readonly deadlineMs: number;
  /** Milliseconds that the wait usually takes: nothing is reported before. */
  readonly afterMs?: number;
  readonly clock: Pick<Clock, "monotonic">;
  readonly events: Events;
}): ProgressReporter {
  const { what, deadlineMs, afterMs = 0, clock, events } = options;
  const started = clock.monotonic();
  let reportedReason: string | undefined;
  let reportedAt = 0;
  const told = new Set<string>();
  const report = (reason: string, { elapsedMs }: Attempt, needed?: NeededAction) => {
    if (elapsedMs < afterMs) return;
    const isTold = needed === undefined || told.has(needed.action);
    if (isTold && reason === (reportedReason ?? "") && elapsedMs - reportedAt < progressEveryMs) return;
    reportedReason = reason;
    reportedAt = elapsedMs;
    events.emit("wait.progress", { what, reason, elapsedMs, deadlineMs, ...(needed && { needsAction: true }) });
    if (isTold) return;
    told.add(needed.action);
    const { action, commands = [] } = needed;
    events.emit("wait.action", { what, reason, action, commands });
  };
  const end = () => {
    if (reportedReason !== undefined) events.emit("wait.finished", { what, durationMs: clock.monotonic() - started });
    reportedReason = undefined;
  };
  return Object.assign(report, { [Symbol.dispose]: end });
}
