import { describe, expect, it } from "vitest";
import { runSteps } from "./run-steps.ts";
import type { Step } from "./step.ts";
import { groups } from "./steps.ts";

type Planned = Pick<Step, "name" | "after" | "inBackground">;

/** Runs steps that end when told; `begun` has those that have begun, in order. */
function started(steps: readonly Planned[], processors: number) {
  const begun: string[] = [];
  const ends = new Map<string, (result: string) => void>();
  const done = runSteps(steps, processors, ({ name }) => {
    begun.push(name);
    return new Promise<string>((resolve) => ends.set(name, resolve));
  });
  const end = async (name: string) => {
    ends.get(name)?.(`${name} ended`);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { begun, end, done };
}

describe("steps", () => {
  it("begin as soon as those that they need have ended", async () => {
    const { begun, end, done } = started([{ name: "test", after: ["build"] }, { name: "lint" }, { name: "build" }], 2);
    expect(begun).toEqual(["lint", "build"]);
    await end("lint");
    expect(begun).toEqual(["lint", "build"]);
    await end("build");
    expect(begun).toEqual(["lint", "build", "test"]);
    await end("test");
    expect(await done).toEqual(["test ended", "lint ended", "build ended"]);
  });

  it("share the processors, except in the background", async () => {
    const { begun, end } = started([{ name: "a" }, { name: "b" }, { name: "lab", inBackground: true }], 1);
    expect(begun).toEqual(["a", "lab"]);
    await end("lab");
    expect(begun).toEqual(["a", "lab"]);
    await end("a");
    expect(begun).toEqual(["a", "lab", "b"]);
  });

  it("do not wait for what is not part of the run", () => {
    expect(started([{ name: "test", after: ["build"] }], 1).begun).toEqual(["test"]);
  });

  it("that wait for each other are an error", async () => {
    const { done } = started(
      [
        { name: "a", after: ["b"] },
        { name: "b", after: ["a"] },
      ],
      2,
    );
    await expect(done).rejects.toThrow("wait for each other: a, b");
  });

  it("fail the run if one cannot be run at all", async () => {
    await expect(runSteps([{ name: "a" }], 1, () => Promise.reject(new Error("no such program")))).rejects.toThrow(
      "no such program",
    );
  });

  it("of CI have names of their own, and need steps that exist", () => {
    const all: readonly Step[] = Object.values(groups).flat();
    const names = all.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { after = [] } of all) expect(names).toEqual(expect.arrayContaining([...after]));
  });
});
