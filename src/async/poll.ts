import type { Clock } from "./clock.ts";
import { throwIfAborted } from "./signal.ts";

export interface Attempt {
  /** Counted from 1. */
  readonly number: number;
  readonly elapsedMs: number;
  readonly remainingMs: number;
}

export type Verdict<T> =
  | { readonly done: true; readonly value: T }
  /** Not yet, and why: shown to whoever waits. */
  | { readonly done: false; readonly reason: string; readonly cause?: unknown };

export interface PollOptions<T> {
  /** One look. Called at once, then after each interval. What it throws ends the wait. */
  readonly until: (attempt: Attempt, signal: AbortSignal) => Promise<Verdict<T>>;
  /** Pause before the next look, in milliseconds; may grow with the number of looks. */
  readonly everyMs: (attempt: Attempt) => number;
  /** Length of the whole wait in milliseconds. Infinity is not a deadline. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Something that may happen earlier than the next interval, a file event for one; it only shortens the pause. */
  readonly wakeUp?: (signal: AbortSignal) => Promise<void>;
  /** Told after each look that was not the last one. */
  readonly onWaiting?: (reason: string, attempt: Attempt) => void;
  /** Makes the error for a wait that ran out, from the last reason seen. */
  readonly onTimeout: (reason: string, cause: unknown) => Error;
}

/** The only loop of the program that sleeps: every wait has a deadline, a signal and a reason. */
export async function poll<T>(options: PollOptions<T>): Promise<T> {
  const { clock, signal, deadlineMs } = options;
  const start = clock.monotonic();
  for (let number = 1; ; number++) {
    throwIfAborted(signal);
    const before = attemptAt(number, clock.monotonic() - start, deadlineMs);
    const verdict = await options.until(before, signal);
    if (verdict.done) return verdict.value;
    const attempt = attemptAt(number, clock.monotonic() - start, deadlineMs);
    if (attempt.remainingMs <= 0) throw options.onTimeout(verdict.reason, verdict.cause);
    options.onWaiting?.(verdict.reason, attempt);
    await pause(options, Math.min(options.everyMs(attempt), attempt.remainingMs));
  }
}

function attemptAt(number: number, elapsedMs: number, deadlineMs: number): Attempt {
  return { number, elapsedMs, remainingMs: deadlineMs - elapsedMs };
}

async function pause<T>(options: PollOptions<T>, ms: number): Promise<void> {
  if (options.wakeUp === undefined) return options.clock.sleep(ms, options.signal);
  const over = new AbortController();
  const either = AbortSignal.any([options.signal, over.signal]);
  const swallowOwnAbort = (error: unknown) => {
    if (!over.signal.aborted) throw error;
  };
  try {
    await Promise.race([
      options.clock.sleep(ms, either).catch(swallowOwnAbort),
      options.wakeUp(either).catch(swallowOwnAbort),
    ]);
  } finally {
    over.abort();
  }
}

/** Pauses that double from `first` up to `most` milliseconds. */
export function doubling(first: number, most: number): (attempt: Attempt) => number {
  return (attempt) => Math.min(first * 2 ** (attempt.number - 1), most);
}
