import type { Clock } from "../../async/clock.ts";
import { abortReason, throwIfAborted } from "../../async/signal.ts";
import { localTime } from "./local-time.ts";

/** The longest delay that a timer accepts; a longer one would fire immediately. */
const longestTimer = 2 ** 31 - 1;

export const localClock: Clock = {
  now: () => new Date(),
  local: localTime,
  monotonic: () => performance.now(),
  chance: () => Math.random(),
  sleep: async (ms, signal) => {
    throwIfAborted(signal);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(Math.max(ms, 0), longestTimer));
    const onAbort = () => {
      clearTimeout(timer);
      reject(abortReason(signal));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  },
};
