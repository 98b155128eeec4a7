import { describe, expect, it } from "vitest";
import type { Container, ContainerEnd } from "../../cri/container-runtime.ts";
import { type MemoryRuntime, memoryContainerRuntimes, memoryRuntime } from "../../cri/memory.ts";
import { silentEvents } from "../../events/events.ts";
import type { SeedService } from "../../host/memory/services.ts";
import { type MemoryHost, memoryHost } from "../../host/memory.ts";
import { nodeWith } from "./control-plane-node.fixture.ts";
import { findCause } from "./find-cause.ts";
import { OwnStarts } from "./own-starts.ts";
import { controlPlaneComponents, writeComponentManifests } from "./write-component-manifests.ts";
import { writeEtcdManifest } from "./write-etcd-manifest.ts";
import type { StaticPodName } from "./write-manifest.ts";

const criSocket = "unix:///run/containerd/containerd.sock";

interface Attempt {
  readonly state: Container["state"];
  readonly end?: Partial<ContainerEnd>;
  readonly log?: string;
  /** It was made by an earlier run. */
  readonly isOld?: boolean;
}

interface Machine {
  readonly runtime?: MemoryRuntime;
  readonly kubelet?: SeedService;
  readonly external?: boolean;
  /** What has become of the containers, oldest attempt first; of a component that is not named nothing is there. */
  readonly attempts?: Partial<Record<StaticPodName, readonly Attempt[]>>;
  /** Number of the first of them: what earlier runs left in /var/log/pods counts too. */
  readonly firstAttempt?: number;
}

const startedAt = new Date("2026-01-02T00:00:00Z");
const earlier = new Date("2026-01-01T00:00:00Z");

async function machineWith({
  runtime = memoryRuntime(),
  kubelet = {},
  external = false,
  attempts = {},
  firstAttempt = 0,
}: Machine) {
  const host = memoryHost({ services: { kubelet: { state: "active", subState: "running", ...kubelet } } });
  const node = nodeWith(external ? { etcd: { external: { endpoints: ["http://e:2379"] } } } : {});
  const ports = { ...host, events: silentEvents };
  await writeComponentManifests(node, controlPlaneComponents, async () => [], ports);
  await writeEtcdManifest(node, { patches: [] }, ports);
  for (const [component, list] of Object.entries(attempts)) {
    place(
      component,
      list.map((attempt, index) => ({ ...attempt, number: firstAttempt + index })),
      runtime,
      host,
    );
  }
  return findCause(node, {
    connectRuntime: () => memoryContainerRuntimes({ [criSocket]: runtime })(criSocket),
    files: host.files,
    services: host.services,
    signal: new AbortController().signal,
    nodeName: "cp1",
    ownStarts: new OwnStarts(startedAt),
  });
}

type Numbered = Attempt & { readonly number: number };

function place(component: string, attempts: readonly Numbered[], runtime: MemoryRuntime, host: MemoryHost) {
  runtime.sandboxes.push({ id: component, name: `${component}-cp1`, namespace: "kube-system", ready: true });
  const containers = attempts.map(({ state, end, log, isOld, number: attempt }) => {
    const id = `${component}-${attempt}`;
    if (end !== undefined) runtime.ends.set(id, { exitCode: 1, reason: "Error", message: "", ...end });
    if (log !== undefined) {
      const path = `/var/log/pods/${id}.log`;
      host.files.put(path, log);
      runtime.logPaths.set(id, path);
    }
    return { id, name: component, attempt, state, createdAt: isOld === true ? earlier : startedAt };
  });
  // Newest first, as containerd lists them.
  runtime.containers.set(component, containers.toReversed());
}

const failing = (component: StaticPodName, failedChecks: readonly string[] = []) => ({
  component,
  reason: "check failed",
  failedChecks,
});
const stillWaiting = { last: false };
const badFlag = "Usage:\nError: unknown flag: --no-such-flag\n";
const exited = (log: string): Attempt => ({ state: "exited", end: {}, log });

describe("the cause why a component does not answer", () => {
  it.each([
    [
      "a full disk",
      "panic: failed to create WAL: no space left on device\npanic: failed to create WAL\n\ngoroutine 1 [running]:\nmain.main()\n",
      "panic: failed to create WAL: no space left on device",
      "`df -h`",
    ],
    [
      "an address of another machine",
      "fatal: discovery failed: listen tcp 192.0.2.77:2380: bind: cannot assign requested address\n",
      "192.0.2.77:2380: bind: cannot assign requested address",
      "--apiserver-advertise-address",
    ],
    [
      "a file system mounted read-only",
      "fatal: open /var/lib/etcd/member/x: read-only file system\n",
      "read-only file system",
      "`findmnt --target /var/lib/etcd/member/x`",
    ],
    [
      "a file that is not mounted",
      "Error: open /etc/x/ca.crt: no such file or directory\n",
      "/etc/x/ca.crt",
      "extraVolumes",
    ],
  ])("is final with what to do about it at the second end: %s", async (_what, log, reason, remedy) => {
    const find = await machineWith({ attempts: { etcd: [exited(log), exited(log)] } });
    const found = await find(failing("etcd"), stillWaiting);
    expect(found).toMatchObject({
      code: "CONTROL_PLANE_CRASH_LOOP",
      reason: expect.stringContaining(reason),
      remedy: expect.stringContaining(remedy),
      isFinal: true,
    });
    expect(found?.lines.join("\n")).not.toContain("goroutine");
  });

  it("is final where the kubelet was stopped before it made a container", async () => {
    const find = await machineWith({
      runtime: memoryRuntime({ images: new Set(["registry.k8s.io/kube-scheduler:v1.37.2"]) }),
      kubelet: { state: "inactive", subState: "dead" },
    });
    expect(await find(failing("kube-scheduler"), stillWaiting)).toMatchObject({
      code: "CONTROL_PLANE_NOT_STARTED",
      reason: expect.stringContaining("the kubelet service is inactive (dead)"),
      remedy: expect.stringContaining("systemctl start kubelet"),
      isFinal: true,
    });
  });

  it("is unknown while its container runs, until the wait is over: then it is what it writes", async () => {
    const log = "I0101 starting\nE0101 00:00:00 x.go:1] no leader\n";
    const find = await machineWith({ attempts: { "kube-scheduler": [{ state: "running", log }] } });
    expect(await find(failing("kube-scheduler"), stillWaiting)).toBeUndefined();
    expect(await find(failing("kube-scheduler"), { last: true })).toMatchObject({
      code: "CONTROL_PLANE_UNHEALTHY",
      reason: "kube-scheduler runs, and writes: E0101 00:00:00 x.go:1] no leader",
      lines: ["I0101 starting", "E0101 00:00:00 x.go:1] no leader"],
    });
  });

  it("is a container that ended, with its status and its last word", async () => {
    const find = await machineWith({ attempts: { "kube-apiserver": [exited(badFlag)] } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({
      code: "CONTROL_PLANE_CRASH_LOOP",
      reason: "kube-apiserver exited with status 1: Error: unknown flag: --no-such-flag",
      isFinal: false,
    });
  });

  it("is final where the second start ended by what no further one changes", async () => {
    const attempts = [exited("F0101 connection refused\n"), exited(badFlag)];
    const find = await machineWith({ attempts: { "kube-apiserver": attempts } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({
      reason: "kube-apiserver exited with status 1 and was restarted once: Error: unknown flag: --no-such-flag",
      remedy: expect.stringContaining("/etc/kubernetes/manifests/kube-apiserver.yaml"),
      lines: ["Error: unknown flag: --no-such-flag"],
      isFinal: true,
    });
  });

  it("is not final at the first end in this run, whatever number earlier runs have left to the attempt", async () => {
    const find = await machineWith({ firstAttempt: 7, attempts: { "kube-apiserver": [exited(badFlag)] } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({
      reason: "kube-apiserver exited with status 1: Error: unknown flag: --no-such-flag",
      isFinal: false,
    });
  });

  it("counts the starts of this run alone", async () => {
    const attempts = [{ ...exited(badFlag), isOld: true }, exited(badFlag), exited(badFlag)];
    const find = await machineWith({ attempts: { "kube-apiserver": attempts } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({
      reason: expect.stringContaining("was restarted once"),
      isFinal: true,
    });
  });

  it("is not what ended before this run, though that is told", async () => {
    const runtime = memoryRuntime({ images: new Set(["registry.k8s.io/kube-apiserver:v1.37.2"]) });
    const attempts = Array.from({ length: 4 }, () => ({ ...exited(badFlag), isOld: true }));
    const find = await machineWith({ runtime, attempts: { "kube-apiserver": attempts } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({
      reason: expect.stringContaining("the kubelet has not started kube-apiserver since this run began; before that,"),
      isFinal: false,
    });
  });

  it("is a missing image now, not an end before this run", async () => {
    const find = await machineWith({ attempts: { etcd: [{ ...exited(badFlag), isOld: true }] } });
    expect(await find(failing("etcd"), stillWaiting)).toMatchObject({ code: "CONTROL_PLANE_IMAGE_MISSING" });
  });

  it("is not final where what it ended by may pass", async () => {
    const attempts = Array.from({ length: 5 }, () => exited("F0101 connection refused\n"));
    const find = await machineWith({ external: true, attempts: { "kube-apiserver": attempts } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({ isFinal: false });
  });

  it("is a container that waits to be started again, not the one before it", async () => {
    const find = await machineWith({ attempts: { etcd: [exited(badFlag), { state: "running" }] } });
    expect(await find(failing("etcd"), stillWaiting)).toBeUndefined();
  });

  it("is a port that another program has, final after the third try", async () => {
    const log =
      "E0101 x.go:1] failed to listen on 0.0.0.0:6443: listen tcp 0.0.0.0:6443: bind: address already in use\n";
    const twice = await machineWith({ attempts: { "kube-apiserver": [exited(log), exited(log)] } });
    const found = await twice(failing("kube-apiserver"), stillWaiting);
    expect(found).toMatchObject({ code: "CONTROL_PLANE_PORT_TAKEN", isFinal: false });
    expect(found?.remedy).toContain("ss -ltnp 'sport = :6443'");
    const thrice = await machineWith({ attempts: { "kube-apiserver": [exited(log), exited(log), exited(log)] } });
    expect(await thrice(failing("kube-apiserver"), stillWaiting)).toMatchObject({ isFinal: true });
  });

  it("is the image that is missing, and why it cannot be pulled, found among what else the kubelet writes", async () => {
    const image = "registry.k8s.io/kube-apiserver:v1.37.2";
    const pull = String.raw`failed to \"StartContainer\" for \"kube-apiserver\" with ImagePullBackOff: \"Back-off pulling image \\\"${image}\\\": ErrImagePull: failed to resolve image: lookup registry.k8s.io: no such host\"`;
    const telling = `E0101 pod_workers.go:1338] "Error syncing pod, skipping" err="${pull}" pod="kube-system/kube-apiserver-cp1"`;
    const noise = Array.from({ length: 100 }, () => 'E0101 kubelet.go:3596] "Unable to register mirror pod"');
    const find = await machineWith({ kubelet: { journal: [telling, ...noise] } });
    const found = await find(failing("kube-apiserver"), stillWaiting);
    expect(found).toMatchObject({ code: "CONTROL_PLANE_IMAGE_MISSING", lines: [telling], isFinal: false });
    expect(found?.reason).toBe(
      `the image ${image} is not on this machine: failed to resolve image: lookup registry.k8s.io: no such host`,
    );
    expect(found?.remedy).toContain("ctr -n k8s.io images import FILE");
  });

  it.each([
    ["once by this kubelet, and once by an earlier one", [1111, 2222], false],
    ["twice by this kubelet", [2222, 2222], true],
  ])("is a missing image; pulled in vain %s: final %s", async (_when, processes, isFinal) => {
    const pull = String.raw`failed to \"StartContainer\" for \"etcd\" with ErrImagePull: \"lookup registry.k8s.io: no such host\"`;
    const journal = processes.map(
      (id) =>
        `E1124 20:55:14.233972    ${id} pod_workers.go:1338] "Error syncing pod, skipping" err="${pull}" pod="kube-system/etcd-cp1"`,
    );
    const find = await machineWith({ kubelet: { journal } });
    expect(await find(failing("etcd"), stillWaiting)).toMatchObject({
      code: "CONTROL_PLANE_IMAGE_MISSING",
      reason: expect.stringMatching(/is not on this machine: lookup registry.k8s.io: no such host$/),
      isFinal,
    });
  });

  it("is the kubelet where there is an image and no container", async () => {
    const runtime = memoryRuntime({ images: new Set(["registry.k8s.io/kube-apiserver:v1.37.2"]) });
    const find = await machineWith({ runtime, kubelet: { state: "inactive", subState: "dead", journal: ["bye"] } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({
      code: "CONTROL_PLANE_NOT_STARTED",
      reason: "the kubelet has not created a container for kube-apiserver; the kubelet service is inactive (dead)",
      lines: ["bye"],
    });
  });

  it.each([
    [1, "KUBELET_UNHEALTHY", false],
    [2, "KUBELET_CRASH_LOOP", true],
  ])("is a kubelet that exits, the %i. time: %s, final: %s", async (restarts, code, isFinal) => {
    const runtime = memoryRuntime({ images: new Set(["registry.k8s.io/kube-apiserver:v1.37.2"]) });
    const journal = ['E0101 kubelet.go:1833] "Failed to start cAdvisor" err="inotify_init: too many open files"'];
    const kubelet = { state: "activating", subState: "auto-restart", restarts, exitStatus: 1, journal } as const;
    const find = await machineWith({ runtime, kubelet });
    const found = await find(failing("kube-apiserver"), stillWaiting);
    expect(found).toMatchObject({ code, isFinal, lines: journal });
    expect(found?.reason).toContain("inotify_init: too many open files");
  });

  it.each([
    ["its check of etcd fails", { "kube-apiserver": [{ state: "running" as const }] }, ["etcd"]],
    ["it runs and does not answer", { "kube-apiserver": [{ state: "running" as const }] }, []],
    [
      "it ended because of etcd",
      { "kube-apiserver": [exited("W0101 dial tcp 127.0.0.1:2379: connect: connection refused\n")] },
      [],
    ],
  ])("of an API server is etcd where %s", async (_name, attempts, checks) => {
    const etcd = [exited('{"level":"fatal","msg":"discovery failed","error":"no quorum"}\n')];
    const find = await machineWith({ attempts: { ...attempts, etcd } });
    expect(await find(failing("kube-apiserver", checks), stillWaiting)).toMatchObject({
      reason: "etcd exited with status 1: fatal: discovery failed: no quorum",
    });
  });

  it("stays unknown where the container runtime does not answer, and a pod of another name does not count", async () => {
    const silent = memoryContainerRuntimes({})(criSocket);
    const { files, services } = memoryHost();
    const ports = {
      connectRuntime: () => silent,
      files,
      services,
      signal: new AbortController().signal,
      nodeName: "cp1",
      ownStarts: new OwnStarts(startedAt),
    };
    expect(await findCause(nodeWith(), ports)(failing("kube-scheduler"), { last: true })).toBeUndefined();
    const runtime = memoryRuntime({ images: new Set(["registry.k8s.io/kube-scheduler:v1.37.2"]) });
    runtime.sandboxes.push({ id: "p", name: "kube-scheduler-cp1", namespace: "default", ready: true });
    runtime.containers.set("p", [
      { id: "c", name: "kube-scheduler", attempt: 0, createdAt: startedAt, state: "running" },
    ]);
    const find = await machineWith({ runtime });
    expect(await find(failing("kube-scheduler"), stillWaiting)).toMatchObject({ code: "CONTROL_PLANE_NOT_STARTED" });
  });
});
