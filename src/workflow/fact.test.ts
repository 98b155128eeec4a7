import { describe, expect, it } from "vitest";
import { type Context, cause, failure, phase, setUpBy } from "../../test/fixtures/workflow/run.ts";
import { memoryClock } from "../host/memory/clock.ts";
import type { Fact } from "./fact.ts";
import { definePhase } from "./phase.ts";

const setUp = setUpBy(() => memoryClock({ automatic: true }));

describe("facts", () => {
  function counted(name: string, load: () => Promise<string> = async () => name) {
    const counter = { loads: 0 };
    const fact: Fact<Context, string> = {
      name,
      load: () => {
        counter.loads++;
        return load();
      },
    };
    return { fact, counter };
  }

  const reading = (name: string, fact: Fact<Context, string>) =>
    definePhase<Context>()({
      name,
      summary: name,
      reads: { value: fact },
      run: async ({ value }, { context }) => void context.done.push(`${name} reads ${value}`),
    });

  it("are loaded once for all phases, and not before one reads them", async () => {
    const { fact, counter } = counted("config");
    const { run, context } = setUp([
      phase("before", ({ context: { done } }) => void done.push(`${counter.loads} loads`)),
      reading("one", fact),
      reading("two", fact),
      phase("three", async (run) => void run.context.done.push(await run.value(fact))),
    ]);
    await run();
    expect(context.done).toEqual(["before", "0 loads", "one reads config", "two reads config", "three", "config"]);
    expect(counter.loads).toBe(1);
  });

  it("that nothing reads are not loaded: a skipped phase reads none", async () => {
    const { fact, counter } = counted("config");
    await setUp([reading("one", fact)], { skip: ["one"] }).run();
    expect(counter.loads).toBe(0);
  });

  it("are loaded again by another run", async () => {
    const { fact, counter } = counted("config");
    const phases = [reading("one", fact)];
    await setUp(phases).run();
    await setUp(phases).run();
    expect(counter.loads).toBe(2);
  });

  it("of one phase are loaded in parallel, and two who ask at once share a load", async () => {
    const started: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = (name: string) =>
      counted(name, async () => {
        started.push(name);
        if (started.length === 2) resolve();
        await promise;
        return name;
      });
    const [a, b] = [slow("a"), slow("b")];
    const { run, context } = setUp([
      definePhase<Context>()({
        name: "one",
        summary: "one",
        reads: { a: a.fact, b: b.fact, again: a.fact },
        run: async (values, { context }) => void context.done.push(`${values.a} ${values.b} ${values.again}`),
      }),
    ]);
    await run();
    expect(context.done).toEqual(["a b a"]);
    expect(a.counter.loads).toBe(1);
  });

  it("may build on other facts, and ask with the run they are given", async () => {
    const { fact: base, counter } = counted("base");
    const derived: Fact<Context, string> = {
      name: "derived",
      load: async (run) => `${await run.value(base)} and more`,
    };
    const { run, context } = setUp([reading("one", derived), reading("two", base)]);
    await run();
    expect(context.done).toEqual(["one reads base and more", "two reads base"]);
    expect(counter.loads).toBe(1);
  });

  it("that cannot be loaded fail each phase that reads them, with one attempt only", async () => {
    const { fact, counter } = counted("config", () => Promise.reject(cause));
    const { run } = setUp([
      phase("one", async (run) => {
        await run.value(fact).catch(() => undefined);
      }),
      reading("two", fact),
    ]);
    expect(await failure(run())).toMatchObject({ message: "error execution phase two: kubelet not found" });
    expect(counter.loads).toBe(1);
  });
});
