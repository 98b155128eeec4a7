import { describe, expect, it } from "vitest";
import { type Action, type Context, cause, failure, phase, setUpBy } from "../../test/fixtures/workflow/run.ts";
import { memoryClock } from "../host/memory/clock.ts";
import type { Fact } from "./fact.ts";
import { definePhase, group, when } from "./phase.ts";

const setUp = setUpBy(() => memoryClock({ automatic: true }));

describe("a run", () => {
  it("has its last word after all phases and outside of them, with the facts that they loaded", async () => {
    let loads = 0;
    const answer: Fact<Context, number> = { name: "answer", load: async () => ++loads };
    const { run, context, named } = setUp([phase("one", async ({ value }) => void (await value(answer)))]);
    await run({
      finish: async ({ events, value }) => events.emit("warning", { message: `loaded ${await value(answer)} time` }),
    });
    expect(context.done).toEqual(["one"]);
    expect(named()).toEqual(["one phase.started", "one phase.finished", " warning"]);
    expect(loads).toBe(1);
  });

  it("starts loads before the first phase, whose failures are those of the phases that ask for them", async () => {
    const early: Fact<Context, void> = { name: "early", load: () => Promise.reject(cause) };
    const { run, context } = setUp([phase("one"), phase("two", ({ value }) => value(early))]);
    expect(await failure(run({ begin: async ({ prefetch }) => void prefetch(early) }))).toMatchObject({
      code: cause.code,
      message: expect.stringMatching(/^error execution phase two: /),
    });
    expect(context.done).toEqual(["one", "two"]);
  });

  it("aborts loads that no one has asked for when it ends", async () => {
    let signal: AbortSignal | undefined;
    const early: Fact<Context, void> = {
      name: "early",
      load: (loading) => {
        signal = loading.signal;
        return new Promise(() => undefined);
      },
    };
    const { run } = setUp([phase("one", () => Promise.reject(cause))]);
    expect(await failure(run({ begin: async ({ prefetch }) => void prefetch(early) }))).toMatchObject({
      code: cause.code,
    });
    expect(signal?.aborted).toBe(true);
  });

  it("holds back the events of a load that an early load has started, until the first of them is asked for", async () => {
    const saying = (name: string, more?: Fact<Context, void>): Fact<Context, void> => ({
      name,
      load: async ({ events, prefetch }) => {
        events.emit("warning", { message: name });
        if (more !== undefined) prefetch(more)();
      },
    });
    const early = saying("outer", saying("inner"));
    const { run, told } = setUp([
      phase("one", async ({ events, prefetch, value }) => {
        const release = prefetch(early);
        await value(early);
        events.emit("warning", { message: "phase" });
        release();
      }),
    ]);
    await run();
    expect(told.flatMap((event) => (event.type === "warning" ? [event.message] : []))).toEqual([
      "phase",
      "outer",
      "inner",
    ]);
  });

  it("has no last word when a phase fails", async () => {
    const { run } = setUp([phase("one", () => Promise.reject(cause))]);
    const told: string[] = [];
    const finish = async () => void told.push("finished");
    expect(await failure(run({ finish }))).toMatchObject({ code: cause.code });
    expect(told).toEqual([]);
  });

  it("runs the phases in order, and reports the start and end of each", async () => {
    const { run, context, named, told } = setUp([
      phase("one", ({ events }) => events.emit("warning", { message: "careful" })),
      group<Context>({ name: "two", summary: "Two" }, phase("a"), phase("b")),
    ]);
    await run();
    expect(context.done).toEqual(["one", "a", "b"]);
    expect(named()).toEqual([
      "one phase.started",
      "one warning",
      "one phase.finished",
      "two/a phase.started",
      "two/a phase.finished",
      "two/b phase.started",
      "two/b phase.finished",
    ]);
    expect(told[0]).toMatchObject({ summary: "Summary of one" });
  });

  it("reports how long a phase took", async () => {
    const { run, told, clock } = setUp([phase("slow", ({ signal }) => clock.sleep(1_500, signal))]);
    await run();
    expect(told.at(-1)).toMatchObject({ type: "phase.finished", durationMs: 1_500 });
  });

  it("leaves out what is to be skipped, and says so", async () => {
    const { run, context, told } = setUp([phase("one"), phase("two")], { skip: ["one"] });
    await run();
    expect(context.done).toEqual(["two"]);
    expect(told[0]).toMatchObject({ phase: "one", type: "phase.skipped", reason: "skip-phases" });
  });

  it("leaves out a phase whose condition does not hold, and says which", async () => {
    const condition = (holds: boolean) => ({ describe: "the node joins as a control plane", holds: async () => holds });
    const { run, context, told } = setUp([when(condition(false), phase("one")), when(condition(true), phase("two"))]);
    await run();
    expect(context.done).toEqual(["two"]);
    expect(told[0]).toMatchObject({
      phase: "one",
      type: "phase.skipped",
      reason: "only when the node joins as a control plane",
    });
  });

  it("does not ask the condition of a phase that is to be skipped", async () => {
    const condition = { describe: "asked", holds: () => Promise.reject(new Error("was asked")) };
    const { run } = setUp([when(condition, phase("one"))], { skip: ["one"] });
    await run();
  });
});

describe("a failure", () => {
  it("ends the run, worded as upstream words it, with code, details and remedy of its cause", async () => {
    const { run, context, told } = setUp([
      group<Context>(
        { name: "parent", summary: "Parent" },
        phase("bad", () => Promise.reject(cause)),
      ),
      phase("later"),
    ]);
    expect(await failure(run())).toMatchObject({
      code: "KUBELET_MISSING",
      message: "error execution phase parent/bad: kubelet not found",
      details: { path: "/usr/bin" },
      remedy: "Install it.",
    });
    expect(context.done).toEqual(["bad"]);
    expect(told.at(-1)).toMatchObject({ phase: "parent/bad", type: "phase.failed", code: "KUBELET_MISSING" });
  });

  it("of a condition is a failure of its phase", async () => {
    const condition = { describe: "it can be told", holds: () => Promise.reject(cause) };
    const { run } = setUp([when(condition, phase("one"))]);
    expect(await failure(run())).toMatchObject({ message: "error execution phase one: kubelet not found" });
  });

  it("that is a defect passes through as it is", async () => {
    const defect = new TypeError("x is undefined");
    const { run, told } = setUp([phase("bad", () => Promise.reject(defect))]);
    expect(await failure(run())).toBe(defect);
    expect(told.at(-1)).toMatchObject({ type: "phase.failed", code: "INTERNAL" });
  });
});

describe("what a phase registers", () => {
  const registering =
    (...more: readonly Action[]): Action =>
    async (run) => {
      for (const name of ["first", "second"]) {
        run.onFailure(`undo ${name}`, async () => void run.context.done.push(`undo ${name}`));
        run.onPhaseEnd(`end ${name}`, async () => void run.context.done.push(`end ${name}`));
      }
      for (const action of more) await action(run);
    };

  it("for its end is done when it succeeds, the last first, before the next phase; nothing is undone", async () => {
    const { run, context } = setUp([phase("one", registering()), phase("two")]);
    await run();
    expect(context.done).toEqual(["one", "end second", "end first", "two"]);
  });

  it("for its failure is undone first, the last first, then come the actions for its end", async () => {
    const { run, context } = setUp([
      phase(
        "one",
        registering(() => Promise.reject(cause)),
      ),
    ]);
    await failure(run());
    expect(context.done).toEqual(["one", "undo second", "undo first", "end second", "end first"]);
  });

  it("is not undone when a later phase fails", async () => {
    const { run, context } = setUp([phase("one", registering()), phase("two", () => Promise.reject(cause))]);
    await failure(run());
    expect(context.done).toEqual(["one", "end second", "end first", "two"]);
  });

  it("and fails causes a warning; the others run nevertheless, and the run ends with the first failure", async () => {
    const { run, context, told } = setUp([
      phase("one", (run) => {
        run.onFailure("remove the first file", async () => void run.context.done.push("removed"));
        run.onFailure("remove the second file", () => Promise.reject(new Error("disk gone")));
        throw cause;
      }),
    ]);
    expect(await failure(run())).toMatchObject({ message: "error execution phase one: kubelet not found" });
    expect(context.done).toEqual(["one", "removed"]);
    expect(told).toContainEqual(
      expect.objectContaining({ type: "warning", message: "could not remove the second file: disk gone" }),
    );
  });

  it("gets a signal that is not the aborted one of the run", async () => {
    const aborted: boolean[] = [];
    const { run, controller } = setUp([
      phase("one", (run) => {
        run.onFailure("undo", async (signal) => void aborted.push(signal.aborted));
        controller.abort();
        throw cause;
      }),
    ]);
    await failure(run());
    expect(aborted).toEqual([false]);
  });
});

describe("a dry run", () => {
  const inBoth = definePhase<Context>()({
    name: "two ways",
    summary: "two ways",
    reads: { value: { name: "where", load: async () => "really", dryRun: async () => "in thought" } },
    run: async ({ value }, { context }) => void context.done.push(`runs ${value}`),
    dryRun: async ({ value }, { context }) => void context.done.push(`would run ${value}`),
  });

  it.each([
    ["takes the dry run of a phase and of a fact", true, ["would run in thought", "plain"]],
    ["is not what a real run does", false, ["runs really", "plain"]],
  ])("%s; a phase without one runs either way", async (_, dryRun, done) => {
    const { run, context } = setUp([inBoth, phase("plain")]);
    await run({ dryRun });
    expect(context.done).toEqual(done);
  });

  it("skips a phase whose condition does not hold", async () => {
    const { run, context } = setUp([when({ describe: "never", holds: async () => false }, inBoth)]);
    await run({ dryRun: true });
    expect(context.done).toEqual([]);
  });

  it.each([
    [true, ["working", "loaded"]],
    [false, ["loaded", "working"]],
  ])("of %s loads nothing early", async (dryRun, done) => {
    const fact: Fact<Context, void> = { name: "slow", load: async ({ context }) => void context.done.push("loaded") };
    const early = definePhase<Context>()({
      name: "early",
      summary: "early",
      reads: {},
      run: async (_, { prefetch, context, value }) => {
        const release = prefetch(fact);
        context.done.push("working");
        release();
        await value(fact);
      },
    });
    const { run, context } = setUp([early]);
    await run({ dryRun });
    expect(context.done).toEqual(done);
  });
});

describe("an interruption", () => {
  it("in a phase names the phase, and runs what it has registered", async () => {
    const { run, context, controller, clock } = setUp([
      phase("one", async (run) => {
        run.onFailure("undo", async () => void run.context.done.push("undone"));
        controller.abort();
        await clock.sleep(1_000, run.signal);
      }),
      phase("two"),
    ]);
    expect(await failure(run())).toMatchObject({
      code: "CANCELLED",
      message: "interrupted in phase one",
      details: { phase: "one" },
    });
    expect(context.done).toEqual(["one", "undone"]);
  });

  it("between phases lets the next one not begin", async () => {
    const { run, context, controller } = setUp([phase("one", () => controller.abort()), phase("two")]);
    expect(await failure(run())).toMatchObject({ code: "CANCELLED", message: "interrupted in phase two" });
    expect(context.done).toEqual(["one"]);
  });

  it("with an error of its own is that error", async () => {
    const { run, controller } = setUp([phase("one", () => controller.abort(cause)), phase("two")]);
    expect(await failure(run())).toMatchObject({ code: "KUBELET_MISSING" });
  });
});
