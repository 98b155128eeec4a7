import { type Clock, shiftedByRuntime } from "../../async/clock.ts";
import { abortReason, throwIfAborted } from "../../async/signal.ts";
import { started } from "../../async/started.ts";

export interface MemoryClock extends Clock {
  /**
   * Advances the time. Every sleep that falls due on the way ends at its own time, in order, and the code that it
   * resumes has run (except for real I/O) before the next one ends.
   */
  advance(ms: number): Promise<void>;
  /** The number of pending sleeps. */
  sleepers(): number;
}

/** Where the clock of a memoryHost begins. */
export interface MemoryClockOptions {
  readonly start?: Date;
  /** Advances the time automatically, to the next sleep that falls due, as soon as nothing else is left to run. */
  readonly automatic?: boolean;
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

export function memoryClock({ start, automatic = false }: MemoryClockOptions = {}): MemoryClock {
  const origin = (start ?? new Date("2026-01-01T00:00:00Z")).getTime();
  const sleepers = new Set<Sleeper>();
  let elapsed = 0;
  const wakeUntil = async (limit: number) => {
    await settle();
    for (let next = earliest(sleepers); next !== undefined && next.due <= limit; next = earliest(sleepers)) {
      elapsed = Math.max(elapsed, next.due);
      sleepers.delete(next);
      next.wake();
      await settle();
    }
  };
  // One move after the other: two that aim at the same sleep would leave another one asleep permanently.
  let moving: Promise<void> = Promise.resolve();
  const moveOn = () => {
    setImmediate(() => {
      moving = started(
        moving.then(async () => {
          const next = earliest(sleepers);
          if (next !== undefined) await wakeUntil(next.due).catch(() => undefined);
        }),
      );
    });
  };
  return {
    now: () => new Date(origin + elapsed),
    local: shiftedByRuntime,
    monotonic: () => elapsed,
    sleep: async (ms, signal) => {
      throwIfAborted(signal);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { due: elapsed + Math.max(ms, 0), wake: resolve };
      sleepers.add(sleeper);
      const onAbort = () => reject(abortReason(signal));
      signal.addEventListener("abort", onAbort, { once: true });
      if (automatic) moveOn();
      try {
        await promise;
      } finally {
        sleepers.delete(sleeper);
        signal.removeEventListener("abort", onAbort);
      }
    },
    advance: async (ms) => {
      const limit = elapsed + ms;
      await wakeUntil(limit);
      elapsed = limit;
    },
    sleepers: () => sleepers.size,
  };
}

function earliest(sleepers: ReadonlySet<Sleeper>): Sleeper | undefined {
  let first: Sleeper | undefined;
  for (const sleeper of sleepers) if (first === undefined || sleeper.due < first.due) first = sleeper;
  return first;
}

/** Runs every promise reaction that is ready, including those that become ready on the way. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
