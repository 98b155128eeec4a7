import type { Clock } from "./clock.ts";
import { throwIfAborted } from "./signal.ts";
import { started } from "./started.ts";

export interface Attempt {
  /** Counted from 1. */
  readonly number: number;
  readonly elapsedMs: number;
  readonly remainingMs: number;
}

export type Verdict<T> =
  | { readonly done: true; readonly value: T }
  /** Not done yet, and why: shown to the user who waits. */
  | { readonly done: false; readonly reason: string; readonly cause?: unknown };

export interface PollOptions<T> {
  /** One check. Called immediately, then after each interval. An error that it throws ends the wait. */
  readonly until: (attempt: Attempt, signal: AbortSignal) => Promise<Verdict<T>>;
  /** The pause before the next check, in milliseconds; may grow with the number of checks. */
  readonly everyMs: (attempt: Attempt) => number;
  /** Length of the whole wait in milliseconds. Infinity is not a deadline. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Something that may happen before the interval ends, such as a file event; it only shortens the pause. */
  readonly wakeUp?: (signal: AbortSignal) => Promise<void>;
  /** Called after each check except the last one. */
  readonly onWaiting?: (reason: string, attempt: Attempt) => void;
  /** Returns the error for a wait that timed out, from the last reason. */
  readonly onTimeout: (reason: string, cause: unknown) => Error;
}

/** The only loop of the program that sleeps: every wait has a deadline, a signal and a reason. */
export async function poll<T>(options: PollOptions<T>): Promise<T> {
  const { clock, signal, deadlineMs } = options;
  const start = clock.monotonic();
  for (let number = 1; ; number++) {
    throwIfAborted(signal);
    // Armed before the check, so that an event during the check is not missed.
    const alarm = armAlarm(options);
    try {
      const verdict = await options.until(attemptAt(number, clock.monotonic() - start, deadlineMs), signal);
      if (verdict.done) return verdict.value;
      const attempt = attemptAt(number, clock.monotonic() - start, deadlineMs);
      if (attempt.remainingMs <= 0) throw options.onTimeout(verdict.reason, verdict.cause);
      options.onWaiting?.(verdict.reason, attempt);
      await alarm.pause(Math.min(options.everyMs(attempt), attempt.remainingMs));
    } finally {
      alarm.disarm();
    }
  }
}

/**
 * Asks until the answer is yes. Returns false if it is still no at the deadline: for waits that only give something the
 * time to happen, and that the user need not see.
 */
export async function pollUntil(
  isSo: () => Promise<boolean>,
  options: { readonly everyMs: number } & Pick<PollOptions<true>, "deadlineMs" | "clock" | "signal">,
): Promise<boolean> {
  const tooLate = new Error("the deadline has passed");
  try {
    return await poll<true>({
      ...options,
      until: async () => ((await isSo()) ? { done: true, value: true } : { done: false, reason: "" }),
      everyMs: () => options.everyMs,
      onTimeout: () => tooLate,
    });
  } catch (error) {
    if (error !== tooLate) throw error;
    return false;
  }
}

function attemptAt(number: number, elapsedMs: number, deadlineMs: number): Attempt {
  return { number, elapsedMs, remainingMs: deadlineMs - elapsedMs };
}

/** A pause that `wakeUp` may cut short. */
function armAlarm<T>(options: PollOptions<T>): { pause(ms: number): Promise<void>; disarm(): void } {
  const { clock, signal, wakeUp } = options;
  if (wakeUp === undefined) return { pause: (ms) => clock.sleep(ms, signal), disarm: () => undefined };
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const woken = started(wakeUp(either));
  return {
    pause: async (ms) => {
      await Promise.race([clock.sleep(ms, either), woken]);
    },
    disarm: () => over.abort(),
  };
}

/** Pauses that double from `first` up to `most` milliseconds. */
export function doubling(first: number, most: number): (attempt: Attempt) => number {
  return (attempt) => Math.min(first * 2 ** (attempt.number - 1), most);
}

/** Pauses of `firstMs` until `untilMs` have passed, and of `laterMs` after that: what usually happens soon is seen soon. */
export function quickAtFirst(firstMs: number, untilMs: number, laterMs: number): (attempt: Attempt) => number {
  return ({ elapsedMs }) => (elapsedMs < untilMs ? firstMs : laterMs);
}
