import { describe, expect, it } from "vitest";
import { memoryContainerRuntimes, memoryRuntime } from "../../../test/fixtures/cri/memory.ts";
import { nodeWith } from "../../../test/fixtures/kubeadm/control-plane/control-plane-node.ts";
import {
  type Attempt,
  causesOn,
  criSocket,
  startedAt,
} from "../../../test/fixtures/kubeadm/control-plane/find-cause.ts";
import { memoryHost } from "../../host/memory.ts";
import { findCause } from "./find-cause.ts";
import { OwnStarts } from "./own-starts.ts";
import type { StaticPodName } from "./write-manifest.ts";

const failing = (component: StaticPodName, failedChecks: readonly string[] = []) => ({
  component,
  reason: "check failed",
  failedChecks,
});
const stillWaiting = { last: false };
const badFlag = "Usage:\nError: unknown flag: --no-such-flag\n";
const exited = (log: string): Attempt => ({ state: "exited", end: {}, log });

describe("the cause why a component does not respond", () => {
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
    const find = await causesOn({ attempts: { etcd: [exited(log), exited(log)] } });
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
    const find = await causesOn({
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
    const find = await causesOn({ attempts: { "kube-scheduler": [{ state: "running", log }] } });
    expect(await find(failing("kube-scheduler"), stillWaiting)).toBeUndefined();
    expect(await find(failing("kube-scheduler"), { last: true })).toMatchObject({
      code: "CONTROL_PLANE_UNHEALTHY",
      reason: "kube-scheduler runs, and writes: E0101 00:00:00 x.go:1] no leader",
      lines: ["I0101 starting", "E0101 00:00:00 x.go:1] no leader"],
    });
  });

  it("is no line about what goes well where a container runs and writes nothing else: its log is shown", async () => {
    const line = JSON.stringify({ level: "info", msg: "serving client traffic securely" });
    const find = await causesOn({ attempts: { etcd: [{ state: "running", log: `${line}\n` }] } });
    expect(await find(failing("etcd"), { last: true })).toMatchObject({
      code: "CONTROL_PLANE_UNHEALTHY",
      reason: "etcd runs, and its log has no error",
      lines: ["info: serving client traffic securely"],
    });
  });

  it("is the last warning of a container that runs, not a line about what goes well", async () => {
    const lines = [
      ...["serving client traffic securely", "prober detected unhealthy status", "compacted"],
      "simple token is not cryptographically signed",
    ].map((msg) => JSON.stringify({ level: /^(prober|simple)/.test(msg) ? "warn" : "info", msg }));
    const find = await causesOn({ attempts: { etcd: [{ state: "running", log: `${lines.join("\n")}\n` }] } });
    expect(await find(failing("etcd"), { last: true })).toMatchObject({
      reason: "etcd runs, and writes: warn: prober detected unhealthy status",
    });
  });

  it.each([
    ["while all went well", "I0101 00:00:00 x.go:1] serving\n"],
    ["after an error that did not end it", "E0101 00:00:00 x.go:1] connection refused\n"],
    ["before it wrote anything", ""],
  ])("is what the runtime says of a container that was killed for its memory %s", async (_, log) => {
    const attempt = { state: "exited", end: { exitCode: 137, reason: "OOMKilled" }, log } as const;
    const find = await causesOn({ attempts: { "kube-scheduler": [attempt] } });
    expect(await find(failing("kube-scheduler"), stillWaiting)).toMatchObject({
      code: "CONTROL_PLANE_CRASH_LOOP",
      reason: "kube-scheduler exited with status 137: OOMKilled",
      remedy: expect.stringContaining("resources.limits.memory in /etc/kubernetes/manifests/kube-scheduler.yaml"),
      lines: log === "" ? [] : [log.trim()],
      isFinal: false,
    });
    const again = await causesOn({ attempts: { "kube-scheduler": [attempt, attempt, attempt] } });
    expect(await again(failing("kube-scheduler"), stillWaiting)).toMatchObject({
      reason: "kube-scheduler exited with status 137 and was restarted 2 times: OOMKilled",
      isFinal: true,
    });
  });

  it("is a memory limit that does not suffice for the start of the container", async () => {
    const message = 'failed to start containerd task "0a07": cannot start a stopped process';
    const attempt = { state: "exited", end: { exitCode: 128, reason: "StartError", message }, log: "" } as const;
    const find = await causesOn({ attempts: { "kube-scheduler": [attempt, attempt, attempt] } });
    expect(await find(failing("kube-scheduler"), stillWaiting)).toMatchObject({
      reason: `kube-scheduler exited with status 128 and was restarted 2 times: ${message}`,
      remedy: expect.stringContaining("resources.limits.memory in /etc/kubernetes/manifests/kube-scheduler.yaml"),
      isFinal: true,
    });
  });

  it("is a container that ended, with its status and its last word", async () => {
    const find = await causesOn({ attempts: { "kube-apiserver": [exited(badFlag)] } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({
      code: "CONTROL_PLANE_CRASH_LOOP",
      reason: "kube-apiserver exited with status 1: Error: unknown flag: --no-such-flag",
      isFinal: false,
    });
  });

  it("is final where the second start ended by what no further one changes", async () => {
    const attempts = [exited("F0101 connection refused\n"), exited(badFlag)];
    const find = await causesOn({ attempts: { "kube-apiserver": attempts } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({
      reason: "kube-apiserver exited with status 1 and was restarted once: Error: unknown flag: --no-such-flag",
      remedy: expect.stringContaining("/etc/kubernetes/manifests/kube-apiserver.yaml"),
      lines: ["Error: unknown flag: --no-such-flag"],
      isFinal: true,
    });
  });

  it("is not final at the first end in this run, whatever number earlier runs have left to the attempt", async () => {
    const find = await causesOn({ firstAttempt: 7, attempts: { "kube-apiserver": [exited(badFlag)] } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({
      reason: "kube-apiserver exited with status 1: Error: unknown flag: --no-such-flag",
      isFinal: false,
    });
  });

  it("counts the starts of this run alone", async () => {
    const attempts = [{ ...exited(badFlag), isOld: true }, exited(badFlag), exited(badFlag)];
    const find = await causesOn({ attempts: { "kube-apiserver": attempts } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({
      reason: expect.stringContaining("was restarted once"),
      isFinal: true,
    });
  });

  it("is not a container that ended before this run, although that one is reported", async () => {
    const runtime = memoryRuntime({ images: new Set(["registry.k8s.io/kube-apiserver:v1.37.2"]) });
    const attempts = Array.from({ length: 4 }, () => ({ ...exited(badFlag), isOld: true }));
    const find = await causesOn({ runtime, attempts: { "kube-apiserver": attempts } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({
      reason: expect.stringContaining("the kubelet has not started kube-apiserver since this run began; before that,"),
      isFinal: false,
    });
  });

  it("is a missing image now, not an end before this run", async () => {
    const find = await causesOn({ attempts: { etcd: [{ ...exited(badFlag), isOld: true }] } });
    expect(await find(failing("etcd"), stillWaiting)).toMatchObject({ code: "CONTROL_PLANE_IMAGE_MISSING" });
  });

  it("is not final where what it ended by may pass", async () => {
    const attempts = Array.from({ length: 5 }, () => exited("F0101 connection refused\n"));
    const find = await causesOn({ external: true, attempts: { "kube-apiserver": attempts } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({ isFinal: false });
  });

  it("is a container that waits to be started again, not the one before it", async () => {
    const find = await causesOn({ attempts: { etcd: [exited(badFlag), { state: "running" }] } });
    expect(await find(failing("etcd"), stillWaiting)).toBeUndefined();
  });

  it("is a port that another program has, final after the third try", async () => {
    const log =
      "E0101 x.go:1] failed to listen on 0.0.0.0:6443: listen tcp 0.0.0.0:6443: bind: address already in use\n";
    const twice = await causesOn({ attempts: { "kube-apiserver": [exited(log), exited(log)] } });
    const found = await twice(failing("kube-apiserver"), stillWaiting);
    expect(found).toMatchObject({ code: "CONTROL_PLANE_PORT_TAKEN", isFinal: false });
    expect(found?.remedy).toContain("ss -ltnp 'sport = :6443'");
    const thrice = await causesOn({ attempts: { "kube-apiserver": [exited(log), exited(log), exited(log)] } });
    expect(await thrice(failing("kube-apiserver"), stillWaiting)).toMatchObject({ isFinal: true });
  });

  it("is the image that is missing, and why it cannot be pulled, found among what else the kubelet writes", async () => {
    const image = "registry.k8s.io/kube-apiserver:v1.37.2";
    const pull = String.raw`failed to \"StartContainer\" for \"kube-apiserver\" with ImagePullBackOff: \"Back-off pulling image \\\"${image}\\\": ErrImagePull: failed to resolve image: lookup registry.k8s.io: no such host\"`;
    const telling = `E0101 pod_workers.go:1338] "Error syncing pod, skipping" err="${pull}" pod="kube-system/kube-apiserver-cp1"`;
    const noise = Array.from({ length: 100 }, () => 'E0101 kubelet.go:3596] "Unable to register mirror pod"');
    const find = await causesOn({ kubelet: { journal: [telling, ...noise] } });
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
  ])("is a missing image; pulled without success %s: final %s", async (_when, processes, isFinal) => {
    const pull = String.raw`failed to \"StartContainer\" for \"etcd\" with ErrImagePull: \"lookup registry.k8s.io: no such host\"`;
    const journal = processes.map(
      (id) =>
        `E1124 20:55:14.233972    ${id} pod_workers.go:1338] "Error syncing pod, skipping" err="${pull}" pod="kube-system/etcd-cp1"`,
    );
    const find = await causesOn({ kubelet: { journal } });
    expect(await find(failing("etcd"), stillWaiting)).toMatchObject({
      code: "CONTROL_PLANE_IMAGE_MISSING",
      reason: expect.stringMatching(/is not on this machine: lookup registry.k8s.io: no such host$/),
      isFinal,
    });
  });

  it("is the kubelet where there is an image and no container", async () => {
    const runtime = memoryRuntime({ images: new Set(["registry.k8s.io/kube-apiserver:v1.37.2"]) });
    const find = await causesOn({ runtime, kubelet: { state: "inactive", subState: "dead", journal: ["bye"] } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({
      code: "CONTROL_PLANE_NOT_STARTED",
      reason: "the kubelet has not created a container for kube-apiserver; the kubelet service is inactive (dead)",
      lines: ["bye"],
    });
  });

  it("is no line of a log where a container ended without an error: that line is about something else", async () => {
    const log = 'E0101 reflector.go:200] "Failed to watch" err="context canceled"\n';
    const attempts = [{ state: "exited", end: { exitCode: 0, reason: "Completed" }, log } as const];
    const find = await causesOn({ attempts: { "kube-apiserver": attempts } });
    expect(await find(failing("kube-apiserver"), stillWaiting)).toMatchObject({
      reason: "kube-apiserver exited without an error (status 0)",
      lines: log.trim().split("\n"),
      isFinal: false,
    });
  });

  it("is not what the kubelet could not report about a Pod that it has not started", async () => {
    const runtime = memoryRuntime({ images: new Set(["registry.k8s.io/kube-scheduler:v1.37.2"]) });
    const journal = [
      'E0101 00:00:00.000000 1 status_manager.go:1041] "Failed to update status for pod" err="etcdserver: request timed out" pod="kube-system/kube-scheduler-cp1"',
      'W0101 00:00:00.000000 1 kubelet.go:3596] "Deleted mirror Pod because it is outdated" pod="kube-system/kube-scheduler-cp1"',
    ];
    const find = await causesOn({ runtime, kubelet: { journal } });
    expect(await find(failing("kube-scheduler"), stillWaiting)).toMatchObject({
      code: "CONTROL_PLANE_NOT_STARTED",
      reason: "the kubelet has not created a container for kube-scheduler",
    });
  });

  it.each([
    [1, "KUBELET_UNHEALTHY", false],
    [2, "KUBELET_CRASH_LOOP", true],
  ])("is a kubelet that exits, the %i. time: %s, final: %s", async (restarts, code, isFinal) => {
    const runtime = memoryRuntime({ images: new Set(["registry.k8s.io/kube-apiserver:v1.37.2"]) });
    const journal = ['E0101 kubelet.go:1833] "Failed to start cAdvisor" err="inotify_init: too many open files"'];
    const kubelet = { state: "activating", subState: "auto-restart", restarts, exitStatus: 1, journal } as const;
    const find = await causesOn({ runtime, kubelet });
    const found = await find(failing("kube-apiserver"), stillWaiting);
    expect(found).toMatchObject({ code, isFinal, lines: journal });
    expect(found?.reason).toContain("inotify_init: too many open files");
  });

  it.each([
    ["its check of etcd fails", { "kube-apiserver": [{ state: "running" as const }] }, ["etcd"]],
    ["it runs and does not respond", { "kube-apiserver": [{ state: "running" as const }] }, []],
    [
      "it ended because of etcd",
      { "kube-apiserver": [exited("W0101 dial tcp 127.0.0.1:2379: connect: connection refused\n")] },
      [],
    ],
  ])("of an API server is etcd where %s", async (_name, attempts, checks) => {
    const etcd = [exited('{"level":"fatal","msg":"discovery failed","error":"no quorum"}\n')];
    const find = await causesOn({ attempts: { ...attempts, etcd } });
    expect(await find(failing("kube-apiserver", checks), stillWaiting)).toMatchObject({
      reason: "etcd exited with status 1: fatal: discovery failed: no quorum",
    });
  });

  it("stays unknown where the container runtime does not respond, and a pod of another name does not count", async () => {
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
    runtime.sandboxes.push({ id: "p", name: "kube-scheduler-cp1", namespace: "default", uid: "u-p", ready: true });
    runtime.containers.set("p", [
      { id: "c", name: "kube-scheduler", attempt: 0, createdAt: startedAt, state: "running" },
    ]);
    const find = await causesOn({ runtime });
    expect(await find(failing("kube-scheduler"), stillWaiting)).toMatchObject({ code: "CONTROL_PLANE_NOT_STARTED" });
  });
});
