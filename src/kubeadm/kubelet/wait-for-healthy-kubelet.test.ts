import { describe, expect, it } from "vitest";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { NetworkError } from "../../host/host.ts";
import { memoryClock } from "../../host/memory/clock.ts";
import { memoryFiles } from "../../host/memory/files.ts";
import { type MemoryNetwork, memoryNetwork } from "../../host/memory/network.ts";
import { type MemoryServices, memoryServices } from "../../host/memory/services.ts";
import { waitForHealthyKubelet } from "./wait-for-healthy-kubelet.ts";

const url = "http://127.0.0.1:10248/healthz";

interface Machine {
  readonly services: MemoryServices;
  readonly network: MemoryNetwork;
  readonly files: Readonly<Record<string, string>>;
  readonly address: string;
}

/** Waits for 20 s of a clock that runs on its own. */
async function wait({ services, network, files = {}, address = "127.0.0.1" }: Partial<Machine>) {
  const clock = memoryClock({ automatic: true });
  const told: Event[] = [];
  const ports = {
    clock,
    services: services ?? memoryServices("systemd", { kubelet: {} }),
    network: network ?? memoryNetwork({}, clock),
    files: memoryFiles(files, { uid: 0, clock }),
    events: eventsTo(
      (event) => told.push(event),
      () => clock.now(),
    ),
    signal: new AbortController().signal,
  };
  const failure = await waitForHealthyKubelet({ address, port: 10248, timeoutMs: 20_000 }, ports).then(
    () => undefined,
    (error: unknown) => error as KubeadmError,
  );
  const reasons = told.flatMap((event) => (event.type === "wait.progress" ? [event.reason] : []));
  return { failure, reasons, elapsedMs: clock.monotonic() };
}

describe("the wait for a healthy kubelet", () => {
  it("ends immediately where it answers", async () => {
    const network = memoryNetwork({ probes: { [url]: { status: 200, body: "ok" } } }, memoryClock());
    expect(await wait({ network })).toMatchObject({ failure: undefined, reasons: [], elapsedMs: 0 });
  });

  it("ends early, with the telling line, where the kubelet exits repeatedly", async () => {
    const services = memoryServices("systemd", {
      kubelet: {
        state: "activating",
        subState: "auto-restart",
        restarts: 3,
        exitStatus: 1,
        journal: ["starting", 'E0101 12:00:00 run.go:72] "command failed" err="unknown flag: --no-such-flag"', "done"],
      },
    });
    const { failure, elapsedMs } = await wait({ services });
    expect(failure).toBeInstanceOf(KubeadmError);
    expect(failure?.code).toBe("KUBELET_CRASH_LOOP");
    expect(failure?.message).toContain("was restarted 3 times");
    expect(failure?.message).toContain("unknown flag: --no-such-flag");
    expect(failure?.details["journal"]).toHaveLength(3);
    expect(elapsedMs).toBeLessThan(5_000);
  });

  it.each([
    [
      "labels that a kubelet may not set",
      `Error: failed to validate kubelet flags: unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [node-role.kubernetes.io/worker]`,
      ["node-role.kubernetes.io/worker"],
      "kubectl label node NAME KEY=VALUE",
    ],
    [
      "swap",
      'E0101 12:00:00 run.go:72] "command failed" err="failed to run Kubelet: running with swap on is not supported, please disable swap or set --fail-swap-on flag to false"',
      ["running with swap on"],
      "`failSwapOn: false`",
    ],
    [
      "cgroup v1",
      'E0101 12:00:00 run.go:72] "command failed" err="kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is unsupported"',
      ["a host using cgroup v1"],
      "`failCgroupV1: false`",
    ],
  ])("names the way out where the kubelet refuses %s", async (_what, line, words, remedy) => {
    const kubelet = {
      state: "activating",
      subState: "auto-restart",
      restarts: 3,
      exitStatus: 1,
      journal: [line],
    } as const;
    const { failure } = await wait({ services: memoryServices("systemd", { kubelet }) });
    expect(failure?.code).toBe("KUBELET_CRASH_LOOP");
    for (const word of words) expect(failure?.message).toContain(word);
    expect(failure?.remedy).toContain(remedy);
  });

  it("draws no conclusion from a start that has not said why it ends", async () => {
    const kubelet = {
      state: "active",
      subState: "running",
      restarts: 3,
      exitStatus: 1,
      journal: ["starting"],
    } as const;
    const { failure, elapsedMs } = await wait({ services: memoryServices("systemd", { kubelet }) });
    expect(failure?.code).toBe("KUBELET_UNHEALTHY");
    expect(elapsedMs).toBe(20_000);
  });

  it("forgives one exit, as the runtime may not have been there yet", async () => {
    const services = memoryServices("systemd", {
      kubelet: {
        state: "activating",
        subState: "auto-restart",
        restarts: 1,
        exitStatus: 1,
        journal: ["E0101 no runtime"],
      },
    });
    const { failure, reasons, elapsedMs } = await wait({ services });
    expect(failure?.code).toBe("KUBELET_UNHEALTHY");
    expect(reasons[0]).toContain("the kubelet exited with status 1");
    expect(elapsedMs).toBe(20_000);
  });

  it("ends early where the service has failed permanently", async () => {
    const services = memoryServices("systemd", {
      kubelet: { state: "failed", subState: "failed", exitStatus: 203, journal: ["exec: no such file"] },
    });
    const { failure, elapsedMs } = await wait({ services });
    expect(failure?.code).toBe("KUBELET_CRASH_LOOP");
    expect(failure?.message).toContain("exited with status 203");
    expect(elapsedMs).toBeLessThan(5_000);
  });

  it("says that there is no service, while it waits and at the end", async () => {
    const { failure, reasons } = await wait({ services: memoryServices("systemd", {}) });
    expect(failure?.code).toBe("KUBELET_MISSING");
    expect(failure?.message).toContain("there is no kubelet service on this machine");
    expect(reasons[0]).toContain("there is no kubelet service on this machine");
  });

  it("says that the service does not run", async () => {
    const { failure, reasons } = await wait({
      services: memoryServices("systemd", { kubelet: { state: "inactive" } }),
    });
    expect(failure?.code).toBe("KUBELET_UNHEALTHY");
    expect(failure?.message).toContain("the kubelet service is inactive (dead)");
    expect(reasons[0]).toContain("the kubelet service is inactive (dead)");
  });

  it("shows the journal of a kubelet that runs and does not become healthy, without its secrets", async () => {
    const journal = ["using token abcdef.0123456789abcdef", "E0101 pod sandbox"];
    const services = memoryServices("systemd", { kubelet: { state: "active", subState: "running", journal } });
    const { failure } = await wait({ services });
    expect(failure?.code).toBe("KUBELET_UNHEALTHY");
    expect(failure?.details["journal"]).toEqual(["using token abcdef.[redacted]", "E0101 pod sandbox"]);
  });

  it("does not speak of a journal where no service manager keeps one", async () => {
    const { failure } = await wait({ services: memoryServices("none", {}) });
    expect(failure?.code).toBe("KUBELET_UNHEALTHY");
    expect(failure?.remedy).toContain("no service manager was found");
  });

  it("reports its reason after two seconds, and only once", async () => {
    const { reasons } = await wait({ services: memoryServices("none", {}) });
    expect(reasons).toHaveLength(2);
    expect(reasons[0]).toContain("connection refused");
  });

  const running = () => memoryServices("systemd", { kubelet: { state: "active", subState: "running" } });

  it.each<[what: string, answer: NetworkError | { status: number; body: string }, error: string, remedy: string]>([
    [
      "refused the connection",
      new NetworkError("refused", `Get "${url}": dial tcp 127.0.0.1:10248: connect: connection refused`),
      "connect: connection refused",
      "Nothing listens on 127.0.0.1:10248",
    ],
    [
      "did not respond in time",
      new NetworkError("timed-out", `Get "${url}": context deadline exceeded`),
      "context deadline exceeded",
      "127.0.0.1:10248 did not respond in time",
    ],
    [
      "answered that a check of the kubelet fails",
      { status: 500, body: "[+]ping ok\n[-]syncloop failed: reason withheld\nhealthz check failed\n" },
      `returned status code: 500 ("[-]syncloop failed: reason withheld")`,
      "reports that it is not healthy",
    ],
    [
      "was another server's",
      { status: 404, body: "404 page not found\n" },
      `returned status code: 404 ("404 page not found")`,
      "healthz?verbose",
    ],
  ])("says that the endpoint %s", async (_what, answer, error, remedy) => {
    const network = memoryNetwork({ probes: { [url]: answer } }, memoryClock());
    const { failure } = await wait({ network, services: running() });
    expect(failure?.code).toBe("KUBELET_UNHEALTHY");
    expect(failure?.message).toContain(error);
    expect(failure?.remedy).toContain(remedy);
    expect(failure?.remedy).toContain("bypasses every proxy, as `curl --noproxy '*' -sS");
    expect(failure?.remedy).toContain("journalctl");
    for (const words of ["healthzBindAddress", "--healthz-port"]) expect(failure?.remedy).not.toContain(words);
  });

  it("asks at the address of the configuration, and says that it is not the usual one", async () => {
    const { failure } = await wait({ address: "::1", services: running() });
    expect(failure?.message).toContain("curl -sSL http://[::1]:10248/healthz");
    expect(failure?.remedy).toContain("Nothing listens on [::1]:10248");
    expect(failure?.remedy).toContain("The address is healthzBindAddress of /var/lib/kubelet/config.yaml");
  });

  it.each([
    ["::1", "http://127.0.0.1:10248/healthz"],
    ["127.0.0.1", "http://[::1]:10248/healthz"],
  ])("says where there is an answer while %s refuses", async (address, other) => {
    const network = memoryNetwork({ probes: { [other]: { status: 200, body: "ok" } } }, memoryClock());
    const { failure } = await wait({ address, network, services: running() });
    expect(failure?.code).toBe("KUBELET_UNHEALTHY");
    expect(failure?.remedy).toContain(`There is a response at ${other}.`);
  });

  it("names flags that have the kubelet serve another address, the last one of each", async () => {
    const files = {
      "/var/lib/kubelet/kubeadm-flags.env":
        'KUBELET_KUBEADM_ARGS="--healthz-port=10300 --healthz-bind-address=127.0.0.1"\n',
      "/etc/default/kubelet": "# --healthz-port=1\nKUBELET_EXTRA_ARGS=--v=2 --healthz-port=10400\n",
    };
    const { failure } = await wait({ files, services: running() });
    expect(failure?.remedy).toContain("flag --healthz-port=10400 (/etc/default/kubelet) makes it serve another one");
    expect(failure?.remedy).not.toContain("healthz-bind-address=");
  });
});
