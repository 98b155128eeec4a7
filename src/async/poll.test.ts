import { describe, expect, it } from "vitest";
import { memoryClock } from "../host/memory/clock.ts";
import { type Attempt, doubling, type PollOptions, poll, pollUntil, type Verdict } from "./poll.ts";

const never = new AbortController().signal;

interface Log {
  /** When each check ran. */
  readonly looks: number[];
  readonly waiting: string[];
}

/** A poll that is done at check number `doneAt`; the clock advances automatically. */
function setUp(options: Partial<PollOptions<string>> & { readonly doneAt?: number } = {}) {
  const clock = memoryClock({ automatic: true });
  const log: Log = { looks: [], waiting: [] };
  const { doneAt = Number.POSITIVE_INFINITY, ...rest } = options;
  const run = () =>
    poll<string>({
      until: async ({ number }) => {
        log.looks.push(clock.monotonic());
        return number >= doneAt ? { done: true, value: `look ${number}` } : { done: false, reason: `not ${number}` };
      },
      everyMs: () => 100,
      deadlineMs: 1_000,
      clock,
      signal: never,
      onWaiting: (reason, { elapsedMs }) => log.waiting.push(`${elapsedMs}: ${reason}`),
      onTimeout: (reason, cause) => new Error(`gave up: ${reason}`, { cause }),
      ...rest,
    });
  return { clock, log, run };
}

describe("poll", () => {
  it("looks immediately, and gives what the look found", async () => {
    const { log, run } = setUp({ doneAt: 1 });
    expect(await run()).toBe("look 1");
    expect(log).toEqual({ looks: [0], waiting: [] });
  });

  it("checks again after each interval, and reports why it waits", async () => {
    const { log, run } = setUp({ doneAt: 4 });
    expect(await run()).toBe("look 4");
    expect(log.looks).toEqual([0, 100, 200, 300]);
    expect(log.waiting).toEqual(["0: not 1", "100: not 2", "200: not 3"]);
  });

  it("gives up at the deadline with the last reason, after a last look at that very moment", async () => {
    const cause = new Error("why");
    const { log, run } = setUp({
      everyMs: () => 300,
      until: async ({ number }) => ({ done: false, reason: `not ${number}`, cause }),
    });
    const error = await run().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: "gave up: not 5", cause });
    expect(log.waiting).toEqual(["0: not 1", "300: not 2", "600: not 3", "900: not 4"]);
  });

  it("shortens the last pause, so that the deadline holds", async () => {
    const { clock, log, run } = setUp({ everyMs: () => 700 });
    await expect(run()).rejects.toThrow("gave up");
    expect(log.looks).toEqual([0, 700, 1_000]);
    expect(clock.monotonic()).toBe(1_000);
  });

  it("counts the time that looks take", async () => {
    const seen: Attempt[] = [];
    const { clock, run } = setUp({
      until: async (attempt, signal) => {
        seen.push(attempt);
        await clock.sleep(450, signal);
        return { done: false, reason: "slow" };
      },
    });
    await expect(run()).rejects.toThrow("gave up: slow");
    expect(seen).toEqual([
      { number: 1, elapsedMs: 0, remainingMs: 1_000 },
      { number: 2, elapsedMs: 550, remainingMs: 450 },
    ]);
  });

  it("is ended by what a look throws", async () => {
    const failure = new Error("fatal");
    const { run } = setUp({ until: () => Promise.reject(failure) });
    await expect(run()).rejects.toBe(failure);
  });

  it("is ended by its signal in the middle of a pause, and leaves no sleep behind", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const clock = memoryClock();
    const { log, run } = setUp({ clock, signal: controller.signal });
    const outcome = run().catch((error: unknown) => error);
    await clock.advance(150);
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    expect(log.waiting).toHaveLength(2);
    expect(clock.sleepers()).toBe(0);
  });

  it("does not look when its signal was aborted before", async () => {
    const { log, run } = setUp({ signal: AbortSignal.abort() });
    await expect(run()).rejects.toMatchObject({ code: "CANCELLED" });
    expect(log.looks).toEqual([]);
  });
});

describe("a wake-up", () => {
  /** A wake-up that the test triggers, and how many waits listen for it. */
  function bell() {
    const listeners = new Set<() => void>();
    const wakeUp = (signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const answer = () => {
          listeners.delete(answer);
          resolve();
        };
        listeners.add(answer);
        signal.addEventListener("abort", () => {
          listeners.delete(answer);
          reject(signal.reason);
        });
      });
    return { wakeUp, ring: () => [...listeners].forEach((answer) => void answer()), listeners };
  }

  it("cuts the pause short", async () => {
    const { wakeUp, ring, listeners } = bell();
    const clock = memoryClock();
    const looks: number[] = [];
    const { run } = setUp({ clock, wakeUp, until: async ({ number }) => seen(number) });
    const seen = (number: number): Verdict<string> => {
      looks.push(clock.monotonic());
      return number === 3 ? { done: true, value: "there" } : { done: false, reason: "not yet" };
    };
    const outcome = run();
    await clock.advance(30);
    ring();
    await clock.advance(0);
    expect(looks).toEqual([0, 30]);
    await clock.advance(100);
    expect(await outcome).toBe("there");
    expect(looks).toEqual([0, 30, 130]);
    expect(listeners.size).toBe(0);
    expect(clock.sleepers()).toBe(0);
  });

  it("is not missed when it comes during a look", async () => {
    const { wakeUp, ring } = bell();
    const clock = memoryClock();
    const { run } = setUp({
      clock,
      wakeUp,
      until: async ({ number }) => {
        if (number === 2) return { done: true, value: "there" };
        ring();
        return { done: false, reason: "not yet" };
      },
    });
    const outcome = run();
    await clock.advance(0);
    expect(await outcome).toBe("there");
    expect(clock.monotonic()).toBe(0);
  });

  it("that never comes leaves the intervals unchanged", async () => {
    const { wakeUp, listeners } = bell();
    const { log, run } = setUp({ wakeUp, doneAt: 3 });
    expect(await run()).toBe("look 3");
    expect(log.looks).toEqual([0, 100, 200]);
    expect(listeners.size).toBe(0);
  });

  it("is let go of when the look fails or the signal aborts", async () => {
    const { wakeUp, listeners } = bell();
    const { run: failing } = setUp({ wakeUp, until: () => Promise.reject(new Error("fatal")) });
    await expect(failing()).rejects.toThrow("fatal");
    expect(listeners.size).toBe(0);

    const reason = new Error("enough");
    const controller = new AbortController();
    const clock = memoryClock();
    const outcome = setUp({ clock, wakeUp, signal: controller.signal })
      .run()
      .catch((error: unknown) => error);
    await clock.advance(10);
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    expect(listeners.size).toBe(0);
    expect(clock.sleepers()).toBe(0);
  });
});

describe("pollUntil", () => {
  const setUpQuestion = (isSo: (elapsedMs: number) => boolean | Promise<boolean>, signal = never) => {
    const clock = memoryClock({ automatic: true });
    const asked: number[] = [];
    const ask = async () => {
      asked.push(clock.monotonic());
      return isSo(clock.monotonic());
    };
    return { asked, run: () => pollUntil(ask, { everyMs: 300, deadlineMs: 1_000, clock, signal }) };
  };

  it("reports that the answer is yes as soon as it is", async () => {
    const { asked, run } = setUpQuestion((elapsedMs) => elapsedMs >= 600);
    expect(await run()).toBe(true);
    expect(asked).toEqual([0, 300, 600]);
  });

  it("reports that the answer is still no at the deadline, when it asks for the last time", async () => {
    const { asked, run } = setUpQuestion(() => false);
    expect(await run()).toBe(false);
    expect(asked).toEqual([0, 300, 600, 900, 1_000]);
  });

  it("is ended by what a question throws", async () => {
    const failure = new Error("fatal");
    await expect(setUpQuestion(() => Promise.reject(failure)).run()).rejects.toBe(failure);
  });

  it("is ended by its signal", async () => {
    const reason = new Error("enough");
    await expect(setUpQuestion(() => false, AbortSignal.abort(reason)).run()).rejects.toBe(reason);
  });
});

it("doubling pauses grow from the first to the most", () => {
  const pause = doubling(10, 70);
  const pauses = [1, 2, 3, 4, 5, 60].map((number) => pause({ number, elapsedMs: 0, remainingMs: 0 }));
  expect(pauses).toEqual([10, 20, 40, 70, 70, 70]);
});
