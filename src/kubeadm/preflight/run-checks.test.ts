import { describe, expect, it } from "vitest";
import { machine, told } from "../../../test/fixtures/kubeadm/preflight/preflight.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { silentEvents } from "../../events/events.ts";
import { FileError } from "../../host/file-error.ts";
import { type Check, type CheckResult, passed, problem, shared } from "./check.ts";
import { runChecks } from "./run-checks.ts";

function check(name: string, result: CheckResult | Error, more: Partial<Check> = {}): Check {
  const run = async () => {
    if (result instanceof Error) throw result;
    return result;
  };
  return { name, severity: "error", run, ...more };
}

const bad = (name: string) => check(name, problem(`${name} is bad`));

describe("running checks", () => {
  it("reports all errors together at the end, and warnings as they occur", async () => {
    const warning = check("W", problem("w", { severity: "warning" }));
    const { lines, events, failure } = await told([bad("A"), warning, check("C", passed), bad("D")], machine());
    expect(lines).toEqual(["WARNING W: w", "ERROR A: A is bad", "ERROR D: D is bad"]);
    expect(events.map(({ type }) => type)).toEqual(["check.warned", "check.passed", "preflight.failed"]);
    expect(failure).toBeInstanceOf(KubeadmError);
    expect(failure).toMatchObject({
      code: "PREFLIGHT_FAILED",
      message: "preflight checks failed",
      details: { findings: [{ check: "A" }, { check: "D" }] },
    });
  });

  it.each([
    [false, ["A begins", "B begins", "B ends", "A ends"]],
    [true, ["A begins", "A ends", "B begins", "B ends"]],
  ])("runs one after the other in turn (%s), and else in parallel", async (inTurn, expected) => {
    const steps: string[] = [];
    const slow = (name: string, ticks: number) =>
      check(name, passed, {
        run: async () => {
          steps.push(`${name} begins`);
          for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
          steps.push(`${name} ends`);
          return passed;
        },
      });
    const { signal } = new AbortController();
    const options = { ignore: new Set<string>(), inTurn, ports: machine().ports, events: silentEvents, signal };
    await runChecks([slow("A", 10), slow("B", 1)], options);
    expect(steps).toEqual(expected);
  });

  it.each<[what: string, ignore: string[], expected: string[]]>([
    ["a name in any case", ["port-10250"], ["WARNING Port-10250: Port-10250 is bad", "ERROR B: B is bad"]],
    ["all", ["ALL"], ["WARNING Port-10250: Port-10250 is bad", "WARNING B: B is bad"]],
    ["no part of a name", ["port"], ["ERROR Port-10250: Port-10250 is bad", "ERROR B: B is bad"]],
  ])("turns errors into warnings for %s", async (_, ignore, expected) => {
    const { lines, events } = await told([bad("Port-10250"), bad("B")], machine(), ignore);
    expect(lines).toEqual(expected);
    const warned = events.flatMap((event) => (event.type === "check.warned" ? [event.ignored] : []));
    expect(warned.every(Boolean)).toBe(true);
  });

  it("reports a check's warnings before its ignored errors, as upstream does", async () => {
    const both = check("X", { problems: [{ message: "e" }, { message: "w", severity: "warning" }] });
    expect((await told([both], machine(), ["x"])).lines).toEqual(["WARNING X: w", "WARNING X: e"]);
  });

  it("shows a report only with errors", async () => {
    const report = [{ key: "OS", value: "Linux", verdict: "good" }] as const;
    const types = async (result: CheckResult) =>
      (await told([check("S", { ...result, report })], machine())).events.map(({ type }) => type);
    expect(await types(passed)).toEqual(["check.passed"]);
    expect(await types(problem("x"))).toEqual(["preflight.system-report", "preflight.failed"]);
  });

  it("runs the checks in parallel but reports them in the order of the list", async () => {
    const order: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const waits = check("First", passed, {
      run: async () => {
        order.push("First begins");
        await promise;
        return passed;
      },
    });
    const releases = check("Second", passed, {
      run: async () => {
        order.push("Second ends");
        resolve();
        return passed;
      },
    });
    const { events } = await told([waits, releases], machine());
    expect(order).toEqual(["First begins", "Second ends"]);
    expect(events.map((event) => (event.type === "check.passed" ? event.check : ""))).toEqual(["First", "Second"]);
  });

  it("points from a consequence to its cause only where the cause failed too", async () => {
    const follows = check("B", problem("b", { followsFrom: "A", remedy: "own" }));
    const remedies = async (ignore: string[]) =>
      (await told([bad("A"), follows], machine(), ignore)).events.flatMap((event) =>
        event.type === "preflight.failed" ? event.findings.map(({ remedy }) => remedy) : [],
      );
    expect(await remedies([])).toEqual([undefined, "Caused by [ERROR A] above."]);
    expect(await remedies(["a"])).toEqual(["own"]);
  });

  it("takes what a port throws for a finding, and anything else for a bug", async () => {
    const denied = new FileError("permission-denied", "open", "/x", "permission denied");
    expect((await told([check("F", denied)], machine())).lines).toEqual(["ERROR F: open /x: permission denied"]);
    expect((await told([check("F", new TypeError("bug"))], machine())).failure).toBeInstanceOf(TypeError);
  });

  it("ends all checks when the run is canceled, with the signal's reason", async () => {
    const controller = new AbortController();
    const ended: string[] = [];
    const endless = (name: string) =>
      check(name, passed, {
        run: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              ended.push(name);
              reject(signal.reason);
            });
          }),
      });
    const { ports } = machine();
    const events = { emit: () => undefined, within: () => events };
    const running = runChecks([endless("A"), endless("B")], {
      ignore: new Set(),
      ports,
      events,
      signal: controller.signal,
    });
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(ended).toEqual(["A", "B"]);
  });
});

describe("a shared look", () => {
  it("is taken once", async () => {
    let looks = 0;
    const look = shared(async () => ++looks);
    const { ports } = machine();
    const { signal } = new AbortController();
    expect(await Promise.all([look(ports, signal), look(ports, signal)])).toEqual([1, 1]);
  });
});
