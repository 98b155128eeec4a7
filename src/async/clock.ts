/** Time, as far as waits need it. The real clock is an adapter; tests have one that they advance. */
export interface Clock {
  /** Returns the time. */
  now(): Date;
  /** Returns the local time of the machine's time zone at `time`, in the UTC fields of the date. */
  local(time: Date): Date;
  /** Milliseconds from an arbitrary origin that never go backwards: for durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /**
   * From 0 up to, but not, 1, by chance: spreads the retries of machines that failed at the same time. Without it, pauses have
   * exactly the length that was asked for.
   */
  chance?(): number;
}

/** `Clock.local` from the engine's time zones. */
export function shiftedByRuntime(time: Date): Date {
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
}
