/** Time, as far as waiting needs it. The real one is an adapter; tests have one whose time they move. */
export interface Clock {
  now(): Date;
  /** Milliseconds from an arbitrary origin, never going backwards: for durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
