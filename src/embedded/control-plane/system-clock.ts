import { type Clock, shiftedByRuntime } from "../../async/clock.ts";

/** The machine's clock. `sleep` throws the signal's reason when the signal aborts. */
export const systemClock: Clock = {
  now: () => new Date(),
  local: shiftedByRuntime,
  monotonic: () => performance.now(),
  sleep: (ms, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal.aborted) {
      reject(signal.reason);
      return promise;
    }
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    // A longer delay would overflow the timer and end immediately; no caller waits for 24 days.
    const timer = setTimeout(
      () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      },
      Math.min(ms, 2 ** 31 - 1),
    );
    signal.addEventListener("abort", onAbort, { once: true });
    return promise;
  },
};
