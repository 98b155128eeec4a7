import { setImmediate } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { started } from "./started.ts";

/** The rejections that no one handles while the test runs, which would end a program. */
function unhandled(): readonly unknown[] {
  const found: unknown[] = [];
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", (reason) => found.push(reason));
  onTestFinished(() => {
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
  });
  return found;
}

const failing = () => Promise.reject(new Error("it failed"));

describe("work that is started and awaited later", () => {
  it("fails for anyone who awaits it, however late that is", async () => {
    const found = unhandled();
    const work = started(failing());
    await setImmediate();
    await expect(work).rejects.toThrow("it failed");
    expect(found).toEqual([]);
  });

  it("causes no failure if no one awaits it", async () => {
    const found = unhandled();
    void started(failing());
    await setImmediate();
    expect(found).toEqual([]);
  });

  it("gives its value", async () => {
    expect(await started(Promise.resolve(1))).toBe(1);
  });
});
