/** Time, as far as waits need it. The real clock is an adapter; tests have one that they advance. */
export interface Clock {
  now(): Date;
  /** Returns the local time of the machine's time zone at `time`, in the UTC fields of the date. */
  local(time: Date): Date;
  /** Milliseconds from an arbitrary origin that never go backwards: for durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** `Clock.local` from the engine's time zones. */
export function shiftedByRuntime(time: Date): Date {
  return shiftedBy(time.getTimezoneOffset(), time);
}

/** The same by the zone's offset, in minutes as `Date.getTimezoneOffset` has them. */
export function shiftedBy(offset: number, time: Date): Date {
  return new Date(time.getTime() - offset * 60_000);
}
