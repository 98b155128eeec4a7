import { expect } from "vitest";
import type { Clock } from "../../src/async/clock.ts";
import { contract } from "./contract.ts";

export interface ClockSubject {
  readonly clock: Clock;
  /** Lets that many milliseconds pass. */
  pass(ms: number): Promise<void>;
}

const signal = new AbortController().signal;

export const clockContract = contract<ClockSubject>("clock", {
  "both times move on together": async ({ clock, pass }) => {
    const [now, monotonic] = [clock.now().getTime(), clock.monotonic()];
    await pass(60);
    expect(clock.now().getTime() - now).toBeGreaterThanOrEqual(55);
    expect(clock.monotonic() - monotonic).toBeGreaterThanOrEqual(55);
    expect(clock.monotonic() - monotonic).toBeLessThan(10_000);
  },
  "a sleep ends when its time has come, not before": async ({ clock, pass }) => {
    let isOver = false;
    const started = clock.monotonic();
    const sleep = clock.sleep(100, signal).then(() => {
      isOver = true;
    });
    await pass(20);
    // On a busy machine more than the whole time may have passed.
    if (isOver) expect(clock.monotonic() - started).toBeGreaterThanOrEqual(99);
    await pass(100);
    await sleep;
    expect(clock.monotonic() - started).toBeGreaterThanOrEqual(99);
  },
  "sleeps end in the order of their times": async ({ clock, pass }) => {
    const order: number[] = [];
    const sleeps = [60, 20, 40, 0].map(async (ms) => {
      await clock.sleep(ms, signal);
      order.push(ms);
    });
    await pass(100);
    await Promise.all(sleeps);
    expect(order).toEqual([0, 20, 40, 60]);
  },
  "a sleep ends with the signal's reason as soon as that aborts": async ({ clock, pass }) => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const sleep = clock.sleep(3_600_000, controller.signal).catch((error: unknown) => error);
    await pass(5);
    controller.abort(reason);
    expect(await sleep).toBe(reason);
    await expect(clock.sleep(1, controller.signal)).rejects.toBe(reason);
  },
  "a very long sleep does not end immediately": async ({ clock, pass }) => {
    const controller = new AbortController();
    let isOver = false;
    const sleep = clock.sleep(2 ** 40, controller.signal).then(
      () => {
        isOver = true;
      },
      () => undefined,
    );
    await pass(20);
    expect(isOver).toBe(false);
    controller.abort();
    await sleep;
  },
});
