/** Time, as far as waiting needs it. The real one is an adapter; tests have one whose time they move. */
export interface Clock {
  now(): Date;
  /** The time of day that the machine's zone has at `time`, in the UTC fields of the date. */
  local(time: Date): Date;
  /** Milliseconds from an arbitrary origin, never going backwards: for durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** `Clock.local` by what the engine knows of the zone. */
export function shiftedByRuntime(time: Date): Date {
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
}
