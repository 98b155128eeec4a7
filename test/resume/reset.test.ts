// A reset after an init or join that was killed.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kubeadm } from "../support/control-plane/kubeadm.ts";
import { joinArguments, limitMs, type Started, startedCluster, succeeded } from "../support/control-plane/stage.ts";
import { interrupted } from "../support/interruption/interrupted-machine.ts";
import { stopsBefore } from "../support/interruption/stops-before.ts";

let started: Started;
beforeAll(async () => {
  started = await startedCluster();
}, limitMs);
afterAll(() => started?.[Symbol.asyncDispose]());

describe("A reset after a join that was killed", { timeout: limitMs }, () => {
  test("removes the journal, and restores what the join had overwritten if that is asked for", async () => {
    const machine = await started.cluster.machine("w1");
    const { files } = machine.ports.host;
    const path = "/var/lib/kubelet/config.yaml";
    await files.write(path, "kind: KubeletConfiguration\n", { mode: 0o600 });
    const args = joinArguments(started, machine, "worker");
    await stopsBefore("restart kubelet", machine, args);
    expect(await files.readText(path)).not.toBe("kind: KubeletConfiguration\n");
    succeeded(await kubeadm(interrupted(machine), ["reset", "--force", "--restore"]), machine);
    expect(await files.readText(path)).toBe("kind: KubeletConfiguration\n");
    expect(await files.status("/var/lib/kubeadm")).toBeUndefined();
  });
});
