// How slow the machine is while a test measures something: suites, and the programs of one suite, share its processors.
import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";

const everyMs = 100;

export interface Slowness extends Disposable {
  /** How many times as long as alone something has taken since the watch began. At least 1. */
  factor(): number;
}

/** Begins to watch. A limit that holds on a quiet machine is multiplied by the factor. */
export function watchSlowness(): Slowness {
  let sum = 0;
  let looks = 0;
  const look = () => {
    sum += runnable();
    looks += 1;
  };
  look();
  const timer = setInterval(look, everyMs);
  return {
    factor: () => {
      look();
      return Math.max(1, sum / looks / availableParallelism(), loadPerProcessor());
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** The load average of the last minute. Below 1, processors are to spare. */
export function loadPerProcessor(): number {
  const [load = 0] = loadavg();
  return load / availableParallelism();
}

/** Threads of the machine that run or wait for a processor. */
function runnable(): number {
  try {
    return Number(/ (\d+)\/\d+ /.exec(readFileSync("/proc/loadavg", "latin1"))?.[1] ?? 1);
  } catch {
    return 1;
  }
}
