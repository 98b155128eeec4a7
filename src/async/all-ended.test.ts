import { describe, expect, it } from "vitest";
import { allEnded } from "./all-ended.ts";

describe("work that runs in parallel", () => {
  it("returns its results in the order of the work", async () => {
    const late = Promise.withResolvers<string>();
    const results = allEnded([late.promise, Promise.resolve(2)]);
    late.resolve("first");
    expect(await results).toEqual(["first", 2]);
  });

  it("fails only once all of it has ended", async () => {
    const late = Promise.withResolvers<void>();
    let hasFailed = false;
    const failing = allEnded([Promise.reject(new Error("early")), late.promise]).catch((error: unknown) => {
      hasFailed = true;
      return error;
    });
    await new Promise(setImmediate);
    expect(hasFailed).toBe(false);
    late.resolve();
    expect(await failing).toEqual(new Error("early"));
  });

  it("throws the first failure, and leaves no other one unhandled", async () => {
    const work = [Promise.reject(new Error("one")), Promise.reject(new Error("two"))] as const;
    await expect(allEnded(work)).rejects.toThrow("one");
  });
});
