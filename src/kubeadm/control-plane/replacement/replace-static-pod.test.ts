import { describe, expect, it } from "vitest";
import { memoryContainerRuntimes } from "../../../../test/fixtures/cri/memory.ts";
import { bareMachine, nodeWith } from "../../../../test/fixtures/kubeadm/control-plane/control-plane-node.ts";
import {
  type StaticPodMachine,
  staticPodMachine,
} from "../../../../test/fixtures/kubeadm/control-plane/replacement/static-pod-kubelet.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import { schedulerPod } from "../scheduler-pod.ts";
import { manifestPath } from "../write-manifest.ts";
import { findChange } from "./find-change.ts";
import { StaticPodReplacement } from "./replace-static-pod.ts";
import type { ReplacementSteps, StaticPodChange } from "./replacement.ts";
import type { StaticPodPorts } from "./running-pods.ts";
import { waitingManifest } from "./waiting-manifest.ts";

const component = "kube-scheduler";
const path = manifestPath(component);
const backupDirectory = "/etc/kubernetes/tmp/kubeadm-backup-manifests-2026-01-01-00-00-00";
const backupPath = `${backupDirectory}/kube-scheduler.yaml`;
const podOf = (version: string) => schedulerPod(nodeWith({ kubernetesVersion: version }), bareMachine);
const oldManifest = writeYaml(podOf("v1.36.3"));
const newManifest = writeYaml(podOf("v1.37.2"));
const find = ({ ports }: Pick<StaticPodMachine, "ports">) =>
  findChange(component, podOf("v1.37.2"), backupDirectory, ports);

async function changeOn(machine: StaticPodMachine): Promise<StaticPodChange> {
  const change = await find(machine);
  if (change === undefined) throw new Error("nothing changes");
  return change;
}

async function replaceStaticPod(change: StaticPodChange, steps: ReplacementSteps, ports: StaticPodPorts) {
  const replacement = new StaticPodReplacement(change);
  await replacement.begin(steps, ports);
  await replacement.finish(steps, ports);
}

function restoreStaticPod(change: StaticPodChange, steps: ReplacementSteps, ports: StaticPodPorts) {
  return new StaticPodReplacement(change).goBack(steps, ports);
}

function stepsWith(more: Partial<ReplacementSteps> = {}): ReplacementSteps {
  return { timeoutMs: 300_000, becomesHealthy: async () => undefined, ...more };
}

describe("the change of a static Pod", () => {
  it.each([
    ["the same manifest", newManifest],
    [
      "comments and another order of keys",
      `# mine\n${newManifest.replace("apiVersion: v1\nkind: Pod\n", "kind: Pod\napiVersion: v1\n")}`,
    ],
    [
      "defaults written out",
      newManifest.replace("spec:\n", "spec:\n  dnsPolicy: ClusterFirst\n  restartPolicy: Always\n"),
    ],
    ["another spelling of a quantity", newManifest.replace("cpu: 100m", 'cpu: "0.1"')],
    ["a field that no Pod has", newManifest.replace("spec:\n", "spec:\n  foo: bar\n")],
  ])("is none for %s", async (_name, manifest) => {
    expect(await find(staticPodMachine({ [component]: manifest }))).toBeUndefined();
  });

  it.each([
    ["another image", oldManifest],
    ["another argument", newManifest.replace("--leader-elect=true", "--leader-elect=false")],
    ["a value that is not the default", newManifest.replace("spec:\n", "spec:\n  terminationGracePeriodSeconds: 60\n")],
    ["another order of arguments", newManifest.replace(/( {4}- --bind.*\n)( {4}- .*\n)/, "$2$1")],
  ])("is found for %s", async (_name, manifest) => {
    expect(manifest).not.toBe(newManifest);
    expect(await changeOn(staticPodMachine({ [component]: manifest }))).toMatchObject({
      found: "previous",
      backupPath,
    });
  });

  it.each([
    ["a manifest that is not YAML", "{", "MANIFEST_INVALID"],
    ["a manifest that is not a Pod", "kind: Job\napiVersion: batch/v1\n", "MANIFEST_INVALID"],
    ["no manifest", undefined, "MANIFEST_MISSING"],
  ])("cannot be found with %s", async (_name, manifest, code) => {
    const machine = staticPodMachine(manifest === undefined ? {} : { [component]: manifest });
    await expect(find(machine)).rejects.toMatchObject({ code });
  });
});

describe("a static Pod", () => {
  it("is replaced: its manifest is kept, the kubelet makes the new Pod, and that is seen to work", async () => {
    const machine = staticPodMachine({ [component]: oldManifest });
    const done: string[] = [];
    await replaceStaticPod(
      await changeOn(machine),
      stepsWith({
        prepare: async () =>
          void done.push(`prepared beside ${machine.running(component) === oldManifest ? "old" : "new"}`),
        becomesHealthy: async () =>
          void done.push(`healthy is the ${machine.running(component) === newManifest ? "new" : "old"}`),
      }),
      machine.ports,
    );
    expect(done).toEqual(["prepared beside old", "healthy is the new"]);
    expect(machine.host.files.snapshot()).toMatchObject({ [path]: newManifest, [backupPath]: oldManifest });
    expect((await machine.host.files.status(path))?.mode).toBe(0o600);
    expect(machine.told.map(({ type }) => type)).toEqual([
      "upgrade.static-pod.moving",
      "upgrade.static-pod.waiting",
      "upgrade.static-pod.upgraded",
    ]);
    // The kubelet stops and starts a Pod in 1.5 s here, and has cleaned up after 2 s.
    expect(machine.host.clock.monotonic()).toBeLessThan(4_000);
  });

  it.each([
    ["is set back by an hour", -3_600_000],
    ["is set forward by an hour", 3_600_000],
  ])("is recognized even if the clock %s meanwhile", async (_what, shiftMs) => {
    const machine = staticPodMachine({ [component]: oldManifest });
    const change = await changeOn(machine);
    const { connectRuntime } = machine.ports;
    const shifted = () => {
      const runtime = connectRuntime();
      const containers: typeof runtime.containers = async (...words) =>
        (await runtime.containers(...words)).map((container) => {
          const isNew = container.id.includes("-2");
          return isNew ? { ...container, createdAt: new Date(container.createdAt.getTime() + shiftMs) } : container;
        });
      return { ...runtime, containers };
    };
    await replaceStaticPod(change, stepsWith(), { ...machine.ports, connectRuntime: shifted });
    expect(machine.running(component)).toBe(newManifest);
    expect(machine.host.clock.monotonic()).toBeLessThan(4_000);
  });

  it("stops for what must be done while nothing runs, and only then its manifest is away", async () => {
    const machine = staticPodMachine({ [component]: oldManifest });
    const seen: unknown[] = [];
    const whileStopped = async () => void seen.push(machine.running(component), await machine.host.files.status(path));
    await replaceStaticPod(await changeOn(machine), stepsWith({ whileStopped }), machine.ports);
    expect(seen).toEqual([undefined, undefined]);
    expect(machine.running(component)).toBe(newManifest);
  });

  it.each([
    ["replaced", "v1.36.3"],
    ["restored", "v1.37.2"],
  ] as const)("that cannot be stopped keeps its manifest when it is %s", async (what, version) => {
    const machine = staticPodMachine({ [component]: oldManifest });
    const change = await changeOn(machine);
    if (what === "restored") await replaceStaticPod(change, stepsWith(), machine.ports);
    const done: string[] = [];
    const steps = stepsWith({ timeoutMs: 20_000, whileStopped: async () => void done.push("stopped") });
    const frozen = {
      ...machine.ports,
      connectRuntime: () => memoryContainerRuntimes({ frozen: machine.runtime })("frozen"),
    };
    const act = what === "replaced" ? replaceStaticPod : restoreStaticPod;
    await expect(act(change, steps, frozen)).rejects.toMatchObject({ code: "CONTROL_PLANE_NOT_STARTED" });
    expect(done).toEqual([]);
    expect(await machine.host.files.readText(path)).toBe(version === "v1.36.3" ? oldManifest : newManifest);
    expect((await machine.host.files.status(path))?.mode).toBe(0o600);
  });

  it("whose data has been touched stays away if that fails", async () => {
    const machine = staticPodMachine({ [component]: oldManifest });
    const whileStopped = () => Promise.reject(new KubeadmError("UPGRADE_BACKUP_FAILED", "no space"));
    await expect(replaceStaticPod(await changeOn(machine), stepsWith({ whileStopped }), machine.ports)).rejects.toThrow(
      "no space",
    );
    expect(await machine.host.files.status(path)).toBeUndefined();
  });

  it("that does not work is restored, and the old Pod is seen to work", async () => {
    const machine = staticPodMachine({ [component]: oldManifest }, (manifest) =>
      manifest.includes("v1.37.2") ? "exits" : "runs",
    );
    const change = await changeOn(machine);
    await expect(replaceStaticPod(change, stepsWith({ timeoutMs: 20_000 }), machine.ports)).rejects.toMatchObject({
      code: "CONTROL_PLANE_CRASH_LOOP",
      message: "static Pod hash for component kube-scheduler on Node cp1 did not change after 20s",
    });
    const done: string[] = [];
    await restoreStaticPod(change, stepsWith({ becomesHealthy: async () => void done.push("healthy") }), machine.ports);
    expect(done).toEqual(["healthy"]);
    expect(machine.running(component)).toBe(oldManifest);
    expect(machine.host.files.snapshot()).toMatchObject({ [path]: oldManifest });
    expect(machine.made(component)).toBe(3);
  });

  it("that the kubelet never took from its manifest needs no other Pod to be restored", async () => {
    const machine = staticPodMachine({ [component]: oldManifest }, (manifest) =>
      manifest.includes("v1.37.2") ? "ignored" : "runs",
    );
    const change = await changeOn(machine);
    await expect(replaceStaticPod(change, stepsWith({ timeoutMs: 20_000 }), machine.ports)).rejects.toMatchObject({
      code: "CONTROL_PLANE_NOT_STARTED",
      cause: { message: "the kubelet still runs the previous Pod" },
    });
    await restoreStaticPod(change, stepsWith(), machine.ports);
    expect(machine.made(component)).toBe(1);
  });

  it("whose kubelet was stopped fails within seconds, and says so", async () => {
    const machine = staticPodMachine({ [component]: oldManifest }, (manifest) =>
      manifest.includes("v1.37.2") ? "ignored" : "runs",
    );
    await machine.host.services.stop("kubelet", machine.ports.signal);
    const failure = await replaceStaticPod(await changeOn(machine), stepsWith(), machine.ports).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      code: "CONTROL_PLANE_NOT_STARTED",
      message: "static Pod hash for component kube-scheduler on Node cp1 did not change",
      cause: {
        message: "the kubelet does not replace the Pod of kube-scheduler; the kubelet service is inactive (dead)",
      },
    });
    expect(machine.host.clock.monotonic()).toBeLessThan(5_000);
  });

  it("that a second manifest shadows is reported with that file", async () => {
    const machine = staticPodMachine({ [component]: oldManifest }, (manifest) =>
      manifest.includes("v1.37.2") ? "ignored" : "runs",
    );
    machine.host.files.put("/etc/kubernetes/manifests/kube-scheduler.yaml.bak", oldManifest);
    // They come first, and explain nothing.
    machine.host.files.put("/etc/kubernetes/manifests/a-directory", { kind: "directory" });
    machine.host.files.put("/etc/kubernetes/manifests/b-no-yaml", "a: [");
    machine.host.files.put("/etc/kubernetes/manifests/c-large", `${oldManifest}#${"x".repeat(1024 ** 2)}`);
    const failure = await replaceStaticPod(
      await changeOn(machine),
      stepsWith({ timeoutMs: 20_000 }),
      machine.ports,
    ).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      remedy: "Move /etc/kubernetes/manifests/kube-scheduler.yaml.bak out of /etc/kubernetes/manifests.",
    });
  });

  it("whose restoration is not seen to work fails again", async () => {
    const machine = staticPodMachine({ [component]: oldManifest });
    const change = await changeOn(machine);
    const becomesHealthy = () => Promise.reject(new KubeadmError("CONTROL_PLANE_UNHEALTHY", "refused"));
    await expect(replaceStaticPod(change, stepsWith({ becomesHealthy }), machine.ports)).rejects.toThrow("refused");
    await expect(restoreStaticPod(change, stepsWith({ becomesHealthy }), machine.ports)).rejects.toThrow("refused");
    expect(machine.running(component)).toBe(oldManifest);
  });
});

describe("a static Pod that is restored while the kubelet backs off because of its previous exits", () => {
  const backOff = (length: string, uid: string) =>
    `E1126 12:00:00.000000     686 pod_workers.go:1324] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"kube-scheduler\\" with CrashLoopBackOff: \\"back-off ${length} restarting failed container=kube-scheduler pod=kube-scheduler-cp1_kube-system(${uid})\\"" pod="kube-system/kube-scheduler-cp1"`;

  /** Returns how often the kubelet was restarted until the Pod runs; undefined if it does not run in time. */
  async function restartsUntilRestored(line: (uid: string) => string): Promise<number | undefined> {
    let isBackingOff = false;
    let restarts = 0;
    const machine = staticPodMachine({ [component]: oldManifest }, (manifest) => {
      if (manifest.includes("v1.37.2")) return "exits";
      return isBackingOff ? "ignored" : "runs";
    });
    const change = await changeOn(machine);
    const steps = stepsWith({ timeoutMs: 20_000 });
    await expect(replaceStaticPod(change, steps, machine.ports)).rejects.toThrow("did not change");
    isBackingOff = true;
    const { services } = machine.ports;
    services.journal = async () => [line(change.previousUid ?? "")];
    services.restart = async () => {
      restarts += 1;
      isBackingOff = false;
    };
    return restoreStaticPod(change, steps, machine.ports).then(
      () => restarts,
      () => undefined,
    );
  }

  it("has the kubelet restarted, once, so that it does not wait for minutes", async () => {
    expect(await restartsUntilRestored((uid) => backOff("2m40s", uid))).toBe(1);
  });

  it.each<readonly [string, (uid: string) => string]>([
    ["of ten seconds", (uid) => backOff("10s", uid)],
    ["of another Pod", () => backOff("2m40s", "another")],
  ])("waits for a back-off %s", async (_, line) => {
    expect(await restartsUntilRestored(line)).toBeUndefined();
  });
});

describe("the second attempt at a replacement", () => {
  const edited = oldManifest.replace("--leader-elect=true", "--leader-elect=false");

  it.each([
    ["that was restored", oldManifest],
    ["that someone has edited since", edited],
  ])("that the kubelet ignores leaves the Pod of a manifest %s alone", async (_which, previous) => {
    let fate: "exits" | "ignored" = "exits";
    const machine = staticPodMachine({ [component]: oldManifest }, (manifest) =>
      manifest.includes("v1.37.2") ? fate : "runs",
    );
    const first = await changeOn(machine);
    const steps = stepsWith({ timeoutMs: 20_000 });
    await expect(replaceStaticPod(first, steps, machine.ports)).rejects.toThrow("did not change");
    await restoreStaticPod(first, steps, machine.ports);
    machine.host.files.put(path, { content: previous, mode: 0o600 });
    for (let second = 0; second < 30 && machine.running(component) !== previous; second += 1) {
      await machine.host.clock.advance(1_000);
      await machine.ports.connectRuntime().podSandboxes({ signal: machine.ports.signal, timeoutMs: 1_000 });
    }
    expect(machine.running(component)).toBe(previous);
    const made = machine.made(component);
    fate = "ignored";
    const second = await changeOn(machine);
    await expect(replaceStaticPod(second, steps, machine.ports)).rejects.toThrow("did not change");
    await restoreStaticPod(second, steps, machine.ports);
    expect(machine.made(component)).toBe(made);
    expect(machine.host.files.snapshot()).toMatchObject({ [path]: previous });
  });
});

describe("an interrupted replacement", () => {
  const interrupted = new KubeadmError("CANCELLED", "interrupted");

  it("continues from the new manifest: a roll-back may have undone what was prepared, no other Pod is made, and the first backup stays", async () => {
    const machine = staticPodMachine({ [component]: oldManifest });
    const becomesHealthy = () => Promise.reject(interrupted);
    await expect(replaceStaticPod(await changeOn(machine), stepsWith({ becomesHealthy }), machine.ports)).rejects.toBe(
      interrupted,
    );
    const change = await changeOn(machine);
    expect(change).toMatchObject({ found: "placed", backupPath });
    let isPrepared = false;
    const prepare = async () => {
      isPrepared = true;
    };
    await replaceStaticPod(change, stepsWith({ prepare }), machine.ports);
    expect(isPrepared).toBe(true);
    expect(machine.made(component)).toBe(2);
    expect(machine.host.files.snapshot()).toMatchObject({ [path]: newManifest, [backupPath]: oldManifest });
    await restoreStaticPod(change, stepsWith(), machine.ports);
    expect(machine.running(component)).toBe(oldManifest);
  });

  it("continues if the kubelet has not seen the new manifest yet", async () => {
    const machine = staticPodMachine({ [component]: oldManifest });
    const prepare = () => Promise.reject(interrupted);
    await expect(replaceStaticPod(await changeOn(machine), stepsWith({ prepare }), machine.ports)).rejects.toBe(
      interrupted,
    );
    await machine.host.clock.advance(5_000);
    machine.host.files.put(path, { content: newManifest, mode: 0o600 });
    const change = await changeOn(machine);
    expect(change).toMatchObject({ found: "placed", previousUid: expect.stringMatching(/^[0-9a-f]{32}$/) });
    await replaceStaticPod(change, stepsWith(), machine.ports);
    expect(machine.running(component)).toBe(newManifest);
  });

  it("continues if the kubelet runs the Pod of the manifest that only waited", async () => {
    const waiting = waitingManifest(newManifest, new Date("2025-12-31T00:00:00Z"));
    const files = { [backupPath]: { content: oldManifest, mode: 0o600 } };
    const machine = staticPodMachine({ [component]: waiting }, undefined, { files });
    const change = await changeOn(machine);
    expect(change).toMatchObject({ found: "waiting", backupPath });
    await replaceStaticPod(change, stepsWith(), machine.ports);
    expect(machine.running(component)).toBe(newManifest);
    expect(machine.host.clock.monotonic()).toBeLessThan(4_000);
  });

  it("continues if the manifest is away", async () => {
    const machine = staticPodMachine({ [component]: oldManifest });
    const whileStopped = () => Promise.reject(interrupted);
    await expect(replaceStaticPod(await changeOn(machine), stepsWith({ whileStopped }), machine.ports)).rejects.toBe(
      interrupted,
    );
    await replaceStaticPod(await changeOn(machine), stepsWith(), machine.ports);
    expect(machine.running(component)).toBe(newManifest);
    expect(machine.host.files.snapshot()).toMatchObject({ [backupPath]: oldManifest });
  });

  it("keeps what someone has edited since next to the first backup", async () => {
    const machine = staticPodMachine({ [component]: oldManifest });
    const prepare = () => Promise.reject(interrupted);
    await expect(replaceStaticPod(await changeOn(machine), stepsWith({ prepare }), machine.ports)).rejects.toBe(
      interrupted,
    );
    const edited = oldManifest.replace("--leader-elect=true", "--leader-elect=false");
    machine.host.files.put(path, { content: edited, mode: 0o600 });
    await replaceStaticPod(await changeOn(machine), stepsWith(), machine.ports);
    expect(machine.host.files.snapshot()).toMatchObject({ [backupPath]: oldManifest, [`${backupPath}.2`]: edited });
  });
});
