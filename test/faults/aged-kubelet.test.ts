// A machine as it is in life: its kubelet is enabled and has been failing and started again since the boot, as no one had
// joined it yet. A join that has to wait there waits.
import { renameSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resources, type StoredObject } from "../../src/embedded/control-plane/index.ts";
import type { ClusterMachine } from "../../src/embedded/index.ts";
import { startKubeadm } from "../support/control-plane/kubeadm.ts";
import {
  becomesReady,
  eventually,
  joinArguments,
  limitMs,
  type Started,
  startedCluster,
  storageOf,
  succeeded,
} from "../support/control-plane/stage.ts";

/** kubelet-start has given up waiting for a certificate of its own by then. */
const pending =
  /the kubelet of node w1 to get its client certificate: certificate signing request (csr-\w+) is Pending/;
const csr = resources.certificateSigningRequests;

describe("A machine whose kubelet has been failing since its boot", { timeout: limitMs }, () => {
  let started: Started;
  let machine: ClusterMachine;
  beforeEach(async () => {
    started = await startedCluster();
    machine = await started.cluster.machine("w1");
    await eventually("the kubelet to fail", () => machine.kubelet?.output().includes("command failed") || undefined);
  }, limitMs);
  afterEach(() => started?.[Symbol.asyncDispose]());

  /** The join, once it has said that its request waits. */
  async function waiting(signal = new AbortController().signal) {
    const running = startKubeadm(machine, joinArguments(started, machine, "worker"), { signal });
    const name = await Promise.race([
      eventually("the wait for the kubelet to be told", () => pending.exec(running.output())?.[1]),
      running.ended.then(({ stdout, stderr }): never => {
        throw new Error(`the join has ended: ${stdout}${stderr}`);
      }),
    ]);
    return { running, name };
  }

  const withoutAutomaticApproval = () =>
    storageOf(started.cluster).delete(resources.clusterRoleBindings, { name: "kubeadm:node-autoapprove-bootstrap" });

  test("waits until someone approves its certificate", async () => {
    withoutAutomaticApproval();
    const { running, name } = await waiting();
    expect(machine.read("/var/lib/kubelet/config.yaml")).toContain("kind: KubeletConfiguration");
    settle(name, "Approved");
    succeeded(await running.ended, machine);
    await becomesReady(started.cluster, "w1");
  });

  test("waits while the controller manager is away", async () => {
    const manifest = started.cp1.root.inside("/etc/kubernetes/manifests/kube-controller-manager.yaml");
    const away = started.cp1.root.inside("/etc/kubernetes/kube-controller-manager.yaml");
    renameSync(manifest, away);
    await eventually("the controller manager to end", async () => {
      const { status } = await started.cp1.ports.host.network
        .probe("https://127.0.0.1:10257/healthz", { signal: AbortSignal.timeout(5_000), timeoutMs: 1_000 })
        .catch(() => ({ status: 0 }));
      return status === 0 || undefined;
    });
    const { running } = await waiting();
    renameSync(away, manifest);
    succeeded(await running.ended, machine);
    await becomesReady(started.cluster, "w1");
  });

  test("does not take the refusal of an earlier join's request for its own", async () => {
    withoutAutomaticApproval();
    const interruption = new AbortController();
    const first = await waiting(interruption.signal);
    interruption.abort();
    await first.running.ended;
    const reset = await startKubeadm(machine, ["reset", "--force"]).ended;
    expect(reset.status, reset.stderr).toBe(0);
    for (const { metadata } of storageOf(started.cluster).list(csr)) settle(metadata.name, "Denied");
    const second = await waiting();
    expect(second.name).not.toBe(first.name);
    settle(second.name, "Approved");
    succeeded(await second.running.ended, machine);
  });

  /** As an administrator does. */
  function settle(name: string, type: "Approved" | "Denied"): void {
    storageOf(started.cluster).update(csr, { name }, {}, (current: StoredObject) => ({
      ...current,
      status: {
        ...(current["status"] as object),
        conditions: [{ type, status: "True", reason: "Test", message: "x" }],
      },
    }));
  }
});
