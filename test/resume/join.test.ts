// A join that stops dead at some moment, and the same command again.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClusterMachine } from "../../src/embedded/index.ts";
import { fileError } from "../../src/host/system-errors.ts";
import { kubeadm } from "../support/control-plane/kubeadm.ts";
import { joinArguments, limitMs, type Started, startedCluster, succeeded } from "../support/control-plane/stage.ts";
import { interrupted, uninterrupted } from "../support/interruption/interrupted-machine.ts";
import { portsInSteps } from "../support/interruption/ports-in-steps.ts";
import { stopsBefore } from "../support/interruption/stops-before.ts";

let started: Started;
beforeAll(async () => {
  started = await startedCluster();
}, limitMs);
afterAll(() => started?.[Symbol.asyncDispose]());

const worker = (machine: ClusterMachine) => joinArguments(started, machine, "worker");

/** Stops a join of a new machine before this step. */
async function stoppedBefore(step: string, hostname: string): Promise<ClusterMachine> {
  const machine = await started.cluster.machine(hostname);
  await stopsBefore(step, machine, worker(machine));
  return machine;
}

describe("A worker join that was killed", { timeout: limitMs }, () => {
  test("continues with the same command, and says so", async () => {
    const machine = await stoppedBefore("write /var/lib/kubelet/config.yaml", "w1");
    const outcome = await kubeadm(interrupted(machine), worker(machine));
    succeeded(outcome, machine);
    expect(outcome.stdout).toMatch(
      /^\[run\] Continuing the join of "w1" to "192\.0\.2\.100:6443" that stopped \d+ seconds? ago in kubelet-start$/m,
    );
    expect(await machine.ports.host.files.status("/var/lib/kubeadm")).toBeUndefined();
  });

  test("does not continue under another name, and says what differs", async () => {
    const machine = await stoppedBefore("write /var/lib/kubelet/config.yaml", "w2");
    const outcome = await kubeadm(interrupted(machine), [...worker(machine), "--node-name", "other"]);
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain('differs in the node name ("other")');
    expect(outcome.stderr).toContain("code: RUN_UNFINISHED");
  });

  test("does not overwrite what someone else has changed since", async () => {
    const machine = await stoppedBefore("write /var/lib/kubelet/kubeadm-flags.env", "w3");
    const path = "/etc/kubernetes/pki/ca.crt";
    await machine.ports.host.files.write(path, "changed", { mode: 0o644 });
    const outcome = await kubeadm(interrupted(machine), worker(machine));
    expect(outcome.status).toBe(1);
    expect(outcome.stdout + outcome.stderr).toContain(
      `[ERROR FilesOfUnfinishedRun]: changed since the interrupted run wrote them: ${path}`,
    );
    const ignoring = [...worker(machine), "--ignore-preflight-errors", "FilesOfUnfinishedRun"];
    succeeded(await kubeadm(interrupted(machine), ignoring), machine);
  });
});

describe("A worker join that cannot remove the token of its bootstrap", { timeout: limitMs }, () => {
  test("fails, and removes it with the same command once that is possible", async () => {
    const machine = await started.cluster.machine("w4");
    const path = "/etc/kubernetes/bootstrap-kubelet.conf";
    const ports = portsInSteps(uninterrupted(machine).ports, {
      step: async (step, action) => {
        if (step.kind === "file" && step.change === "remove" && step.path === path)
          throw fileError("EROFS", "remove", path);
        return action();
      },
      read: (action) => action(),
      send: (_, action) => action(),
    });
    const outcome = await kubeadm({ ports }, worker(machine));
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain(path);
    expect(outcome.stderr).toContain("code: FILE_OPERATION_FAILED");
    expect(await machine.ports.host.files.status(path)).toBeDefined();
    succeeded(await kubeadm(interrupted(machine), worker(machine)), machine);
    expect(await machine.ports.host.files.status(path)).toBeUndefined();
    expect(await machine.ports.host.files.status("/var/lib/kubeadm")).toBeUndefined();
  });
});
