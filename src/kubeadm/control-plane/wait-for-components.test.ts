import { describe, expect, it } from "vitest";
import type { HealthAnswer } from "../../cluster/cluster.ts";
import { TransportError, type TransportErrorCode } from "../../cluster/transport.ts";
import type { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { type MemoryClock, memoryClock } from "../../host/memory/clock.ts";
import { memoryNetwork } from "../../host/memory/network.ts";
import { defined } from "../../values/defined.ts";
import type { ComponentEndpoint } from "./component-endpoints.ts";
import type { Diagnosis } from "./diagnosis.ts";
import { type ComponentWaitPorts, waitForComponents } from "./wait-for-components.ts";

const apiServer: ComponentEndpoint = {
  component: "kube-apiserver",
  port: 6443,
  path: "/livez",
  url: "https://192.0.2.10:6443/livez",
};
const scheduler: ComponentEndpoint = {
  component: "kube-scheduler",
  port: 10259,
  path: "/livez",
  url: "https://127.0.0.1:10259/livez",
};

const ok: HealthAnswer = { status: 200, body: "ok" };
const refused = (code: TransportErrorCode = "refused") =>
  new TransportError(
    code,
    apiServer.url,
    `Get "${apiServer.url}": dial tcp 192.0.2.10:6443: connect: connection refused`,
  );

interface World {
  /** What the API server answers at a time, in milliseconds from the start. */
  readonly livez?: (elapsedMs: number) => HealthAnswer | TransportError;
  /** The same of the scheduler; undefined: no one listens. */
  readonly schedulerz?: (elapsedMs: number) => HealthAnswer | undefined;
  readonly diagnose?: ComponentWaitPorts["diagnose"];
  readonly signal?: AbortSignal;
  readonly clock?: MemoryClock;
  readonly reportAfterMs?: number;
}

/** Waits a minute for the API server and the scheduler, on a clock that runs on its own. */
async function wait(world: World) {
  const clock = world.clock ?? memoryClock({ automatic: true });
  const network = memoryNetwork({}, clock);
  const told: Event[] = [];
  const failure = await waitForComponents(
    { endpoints: [apiServer, scheduler], timeoutMs: 60_000, ...defined({ reportAfterMs: world.reportAfterMs }) },
    {
      clock,
      apiServer: {
        health: async () => {
          const answer = world.livez?.(clock.monotonic()) ?? ok;
          if (answer instanceof TransportError) throw answer;
          return answer;
        },
      },
      network: {
        probe: async (url, options) => {
          const answer = (world.schedulerz ?? (() => ok))(clock.monotonic());
          if (answer !== undefined) network.probes.set(url, answer);
          else network.probes.delete(url);
          return network.probe(url, options);
        },
      },
      diagnose: world.diagnose ?? (async () => undefined),
      events: eventsTo(
        (event) => told.push(event),
        () => clock.now(),
      ),
      signal: world.signal ?? new AbortController().signal,
    },
  ).then(
    () => undefined,
    (error: unknown) => error as KubeadmError,
  );
  const of = (type: Event["type"]) =>
    told.flatMap((event) => (event.type === type && "component" in event ? [event.component] : []));
  const progress = told.flatMap((event) => (event.type === "wait.progress" ? [event] : []));
  return {
    failure,
    told,
    progress,
    reached: of("component.health.reached"),
    missed: of("component.health.missed"),
    elapsedMs: clock.monotonic(),
  };
}

const crash: Diagnosis = {
  code: "CONTROL_PLANE_CRASH_LOOP",
  reason: "kube-apiserver exited with status 1: Error: unknown flag: --x",
  lines: ["Error: unknown flag: --x"],
  isFinal: false,
};

describe("the wait for a control plane", () => {
  it("ends immediately when everything answers, and reports each component that it checks and that it is healthy", async () => {
    const { failure, told, elapsedMs } = await wait({});
    expect(failure).toBeUndefined();
    expect(elapsedMs).toBe(0);
    expect(told.map(({ type, time: _time, v: _v, ...data }) => [type, data])).toEqual([
      ["control-plane.health.waiting", { timeoutMs: 60_000 }],
      ["component.health.checking", { component: "kube-apiserver", url: apiServer.url }],
      ["component.health.checking", { component: "kube-scheduler", url: scheduler.url }],
      ["component.health.reached", { component: "kube-apiserver", durationMs: 0 }],
      ["component.health.reached", { component: "kube-scheduler", durationMs: 0 }],
    ]);
  });

  it("sees within a twentieth of a second that a component has come up", async () => {
    const { failure, elapsedMs, progress } = await wait({ livez: (now) => (now < 1_234 ? refused() : ok) });
    expect(failure).toBeUndefined();
    expect(elapsedMs).toBe(1_250);
    expect(progress).toEqual([]);
  });

  it.each([[401], [403], [500]])("continues while a server answers %i", async (status) => {
    const { failure, elapsedMs } = await wait({ livez: (now) => (now < 3_000 ? { status, body: "" } : ok) });
    expect(failure).toBeUndefined();
    expect(elapsedMs).toBe(3_000);
  });

  it("waits for the components in parallel, and reports each when it is healthy", async () => {
    const { reached, elapsedMs } = await wait({
      livez: (now) => (now < 3_000 ? refused() : ok),
      schedulerz: (now) => (now < 1_000 ? undefined : ok),
    });
    expect(reached).toEqual(["kube-scheduler", "kube-apiserver"]);
    expect(elapsedMs).toBe(3_000);
  });

  it("names after two seconds what is waited for and which checks fail", async () => {
    const body =
      "[+]ping ok\n[-]etcd failed: reason withheld\n[-]poststarthook/rbac/bootstrap-roles failed: x\nlivez check failed\n";
    const { progress } = await wait({ livez: (now) => (now < 5_000 ? { status: 500, body } : ok) });
    expect(progress).toHaveLength(1);
    expect(progress[0]).toMatchObject({
      what: "healthy control plane components",
      reason: `kube-apiserver check failed at ${apiServer.url} with status: 500 (failing: etcd, poststarthook/rbac/bootstrap-roles)`,
      elapsedMs: 2_000,
      deadlineMs: 60_000,
    });
  });

  it.each([
    ["neither reasons nor an end of a wait that is as short as usual", 9_000, []],
    ["the reason of a longer one, and its end", 11_000, ["wait.progress", "wait.finished"]],
  ])("reports %s", async (_, untilMs, types) => {
    const livez = (now: number) => (now < untilMs ? refused() : ok);
    const { told } = await wait({ livez, reportAfterMs: 10_000 });
    expect(told.map(({ type }) => type).filter((type) => type.startsWith("wait."))).toEqual(types);
  });

  it("reports the cause instead of the symptom: the API server's first, then that of the other components", async () => {
    const { progress } = await wait({
      livez: (now) => (now < 8_000 ? refused() : ok),
      schedulerz: (now) => (now < 14_000 ? undefined : ok),
      diagnose: async ({ component }) => ({ ...crash, reason: `${component} exited` }),
    });
    expect(progress.map(({ reason }) => reason)).toEqual(["kube-apiserver exited", "kube-scheduler exited"]);
  });

  it("ends at its deadline with upstream's words for all components and the cause of the first", async () => {
    const looks: boolean[] = [];
    const { failure, missed, elapsedMs } = await wait({
      livez: () => ({ status: 500, body: "[-]etcd failed: reason withheld\n" }),
      schedulerz: () => undefined,
      diagnose: async ({ component }, { last }) => {
        looks.push(last);
        return component === "kube-apiserver" && last ? { ...crash, remedy: "Do this." } : undefined;
      },
    });
    expect(elapsedMs).toBe(60_000);
    expect(missed.toSorted()).toEqual(["kube-apiserver", "kube-scheduler"]);
    expect(failure).toMatchObject({
      code: "CONTROL_PLANE_CRASH_LOOP",
      message:
        `failed while waiting for the control plane to start: [kube-apiserver check failed at ${apiServer.url} with status: 500 (failing: etcd), ` +
        `kube-scheduler check failed at ${scheduler.url}: Get "${scheduler.url}": dial tcp 127.0.0.1:10259: connect: connection refused]`,
      remedy: "Do this.",
      details: { component: "kube-apiserver", failedChecks: ["etcd"], log: crash.lines },
      cause: { message: crash.reason },
    });
    expect(looks.filter((last) => last)).toHaveLength(2);
    expect(looks.length).toBeLessThan(70);
  });

  it("has a message of one component without brackets, and a code of its own without a cause", async () => {
    const { failure, reached } = await wait({ schedulerz: () => ({ status: 503, body: "" }) });
    expect(reached).toEqual(["kube-apiserver"]);
    expect(failure).toMatchObject({
      code: "CONTROL_PLANE_UNHEALTHY",
      message: `failed while waiting for the control plane to start: kube-scheduler check failed at ${scheduler.url} with status: 503`,
    });
  });

  it("ends early for a component that will never come up, and only this one counts", async () => {
    const { failure, missed, elapsedMs } = await wait({
      livez: () => refused(),
      schedulerz: () => undefined,
      diagnose: async ({ component }) => ({ ...crash, isFinal: component === "kube-apiserver" }),
    });
    expect(elapsedMs).toBe(2_000);
    expect(missed).toEqual(["kube-apiserver"]);
    expect(failure?.code).toBe("CONTROL_PLANE_CRASH_LOOP");
    expect(failure?.message).toMatch(
      /^failed while waiting for the control plane to start: kube-apiserver check failed/,
    );
    expect(failure?.message).not.toContain("kube-scheduler");
  });

  it("gives a server with a foreign certificate a quarter of a minute", async () => {
    const { failure, elapsedMs } = await wait({ livez: () => refused("certificate-untrusted") });
    expect(elapsedMs).toBeGreaterThanOrEqual(15_000);
    expect(elapsedMs).toBeLessThan(17_000);
    expect(failure?.cause).toMatchObject({
      message: `the server at ${apiServer.url} does not have the certificate of a kube-apiserver of this cluster`,
    });
    const replaced = await wait({ livez: (now) => (now < 10_000 ? refused("certificate-untrusted") : ok) });
    expect(replaced.failure).toBeUndefined();
  });

  it("ends with the interruption's own error, and reports no component as unhealthy", async () => {
    const controller = new AbortController();
    const clock = memoryClock();
    const waiting = wait({ livez: () => refused(), signal: controller.signal, clock });
    await clock.advance(3_000);
    controller.abort();
    const { failure, missed } = await waiting;
    expect(failure?.code).toBe("CANCELLED");
    expect(missed).toEqual([]);
    expect(clock.sleepers()).toBe(0);
  });

  it("lets a defect through as it is", async () => {
    const defect = new TypeError("x is not a function");
    const { failure } = await wait({
      livez: () => refused(),
      diagnose: async () => {
        throw defect;
      },
    });
    expect(failure).toBe(defect);
  });
});
