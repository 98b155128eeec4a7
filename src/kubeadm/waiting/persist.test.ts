import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { memoryClock } from "../../host/memory/clock.ts";
import { defined } from "../../values/defined.ts";
import { shell } from "../../values/shell.ts";
import { type PersistOptions, persist } from "./persist.ts";

const failure = (code: ErrorCode) => new KubeadmError(code, `it is ${code}`);

function waiting(overrides: Partial<PersistOptions<string>> & Pick<PersistOptions<string>, "attempt">) {
  const clock = memoryClock({ automatic: true });
  const told: Event[] = [];
  const options: PersistOptions<string> = {
    what: "the thing",
    explain: (error) => ({ error: error as KubeadmError, patienceMs: Infinity }),
    deadlineMs: 60_000,
    everyMs: () => 1_000,
    clock,
    events: eventsTo(
      (event) => told.push(event),
      () => clock.now(),
    ),
    signal: new AbortController().signal,
    ...overrides,
  };
  const reasons = () => told.flatMap((event) => (event.type === "wait.progress" ? [event.reason] : []));
  const actions = () => told.flatMap((event) => (event.type === "wait.action" ? [event] : []));
  return { clock, told, reasons, actions, result: persist(options) };
}

describe("persisting", () => {
  it("returns what an attempt returns, and reports the reason of the wait before it", async () => {
    let attempts = 0;
    const { result, reasons, clock } = waiting({
      attempt: async () => {
        attempts += 1;
        if (attempts < 3) throw failure("DISCOVERY_UNREACHABLE");
        return "here";
      },
    });
    expect(await result).toBe("here");
    expect(clock.monotonic()).toBe(2_000);
    expect(reasons()).toEqual(["it is DISCOVERY_UNREACHABLE"]);
  });

  it("ends at the deadline with the failure that stands then, not with a mere timeout", async () => {
    const { result, clock, reasons } = waiting({ attempt: () => Promise.reject(failure("DISCOVERY_UNREACHABLE")) });
    await expect(result).rejects.toMatchObject({ code: "DISCOVERY_UNREACHABLE" });
    expect(clock.monotonic()).toBe(60_000);
    expect(reasons()).toHaveLength(6);
  });

  it("believes a failure once its patience is over", async () => {
    const { result, clock } = waiting({
      attempt: () => Promise.reject(failure("DISCOVERY_FORBIDDEN")),
      explain: (error) => ({ error: error as KubeadmError, patienceMs: 5_000 }),
    });
    await expect(result).rejects.toMatchObject({ code: "DISCOVERY_FORBIDDEN" });
    expect(clock.monotonic()).toBe(5_000);
  });

  it("counts the patience of each kind of failure from its first time on", async () => {
    let attempts = 0;
    const { result, clock } = waiting({
      attempt: () => Promise.reject(failure(++attempts <= 4 ? "DISCOVERY_TIMEOUT" : "DISCOVERY_FORBIDDEN")),
      explain: (error) => ({ error: error as KubeadmError, patienceMs: 5_000 }),
    });
    await expect(result).rejects.toMatchObject({ code: "DISCOVERY_FORBIDDEN" });
    expect(clock.monotonic()).toBe(9_000);
  });

  it("leaves a server alone for as long as it asks", async () => {
    const times: number[] = [];
    const clock = memoryClock({ automatic: true });
    const { result } = waiting({
      clock,
      attempt: async () => {
        times.push(clock.monotonic());
        if (times.length === 1) throw failure("CLUSTER_REQUEST_FAILED");
        return "here";
      },
      explain: (error) => ({ error: error as KubeadmError, patienceMs: Infinity, retryAfterMs: 7_000 }),
    });
    await result;
    expect(times).toEqual([0, 7_000]);
  });

  it.each([
    ["pauses shorter than usual", 0, undefined, 500],
    ["pauses as usual", 0.5, undefined, 1_000],
    ["pauses longer than usual", 0.999, undefined, 1_499],
    ["never less than the server asks for", 0, 4_000, 4_000],
    ["up to a half more than the server asks for", 0.999, 4_000, 5_998],
  ])("spreads the retries of many machines: by chance it %s", async (_, chance, retryAfterMs, pauseMs) => {
    let attempts = 0;
    const clock = { ...memoryClock({ automatic: true }), chance: () => chance };
    const { result } = waiting({
      clock,
      attempt: async () => {
        attempts += 1;
        if (attempts === 1) throw failure("CLUSTER_REQUEST_FAILED");
        return "here";
      },
      explain: (error) => ({ error: error as KubeadmError, patienceMs: Infinity, ...defined({ retryAfterMs }) }),
    });
    await result;
    expect(clock.monotonic()).toBe(pauseMs);
  });

  it("gives an attempt what is left of the deadline, ten seconds at most and one at least", async () => {
    const given: number[] = [];
    const { result } = waiting({
      deadlineMs: 12_000,
      everyMs: () => 4_000,
      attempt: (_signal, timeoutMs) => {
        given.push(timeoutMs);
        return Promise.reject(failure("DISCOVERY_TIMEOUT"));
      },
    });
    await expect(result).rejects.toMatchObject({ code: "DISCOVERY_TIMEOUT" });
    expect(given).toEqual([10_000, 8_000, 4_000, 1_000]);
  });

  it("reports why a server does not respond while the attempt still runs", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { result, reasons } = waiting({
      attempt: () => promise,
      explainNoAnswer: async () => {
        setTimeout(() => resolve("here"), 0);
        return "it accepts the request, but does not respond to it";
      },
    });
    expect(await result).toBe("here");
    expect(reasons()).toEqual(["it accepts the request, but does not respond to it"]);
  });

  it("tells once what someone has to do about a failure that lasts, and marks the progress after it", async () => {
    const { result, actions, told } = waiting({
      attempt: () => Promise.reject(failure("DISCOVERY_UNREACHABLE")),
      explain: (error) => ({
        error: error as KubeadmError,
        patienceMs: Infinity,
        action: { action: "Start it:", commands: [shell`systemctl start it`] },
      }),
    });
    await expect(result).rejects.toMatchObject({ code: "DISCOVERY_UNREACHABLE" });
    expect(actions()).toMatchObject([
      {
        what: "the thing",
        reason: "it is DISCOVERY_UNREACHABLE",
        action: "Start it:",
        commands: ["systemctl start it"],
      },
    ]);
    const progress = told.flatMap((event) => (event.type === "wait.progress" ? [event] : []));
    expect(progress.map(({ elapsedMs, needsAction }) => [elapsedMs / 1_000, needsAction === true])).toEqual([
      [0, false],
      ...[5, 15, 25, 35, 45, 55].map((second) => [second, true]),
    ]);
  });

  it("asks nobody for what ends by itself within seconds", async () => {
    let attempts = 0;
    const { result, actions } = waiting({
      attempt: async () => {
        attempts += 1;
        if (attempts < 5) throw failure("DISCOVERY_UNREACHABLE");
        return "here";
      },
      explain: (error) => ({ error: error as KubeadmError, patienceMs: Infinity, action: { action: "Start it." } }),
    });
    await result;
    expect(actions()).toEqual([]);
  });

  it("does not look into the silence of what answers", async () => {
    let looks = 0;
    const { result } = waiting({
      attempt: async () => "here",
      explainNoAnswer: async () => {
        looks += 1;
        return undefined;
      },
    });
    await result;
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(looks).toBe(0);
  });
});
