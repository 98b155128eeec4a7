// Machines as they are in life: the kubelet has been failing for a minute before anyone joins. What has to be waited for
// is waited for.
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createToken, eventually, withoutAutoApproval } from "../support/join/cluster-actions.ts";
import { isJoined, whileRuns } from "../support/join/joining.ts";
import { type LabMachine, type LabStage, labStage } from "../support/join/lab-stage.ts";
import type { RunningKubeadm } from "../support/join/stage.ts";

describe("A machine whose kubelet has been failing for a minute", () => {
  let stage: LabStage;
  let machine: LabMachine;
  beforeAll(async () => {
    stage = await labStage("aged-tests");
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    machine = await stage.addMachine();
  });
  afterEach(() => machine?.[Symbol.asyncDispose]());

  async function show(property: string): Promise<string> {
    const argv = ["systemctl", "show", "kubelet", `--property=${property}`, "--value"] as const;
    return (await machine.host.mustRun(argv)).trim();
  }

  /** A join that has given up waiting for a certificate of its own, and waits for the kubelet's. */
  async function waiting() {
    const token = await createToken(stage.cluster);
    const { endpoint, caPin } = stage.cluster;
    const trust = ["--token", token, "--discovery-token-ca-cert-hash", caPin];
    return async (): Promise<{ running: RunningKubeadm; request: string }> => {
      const running = machine.start(["join", endpoint, ...trust, ...machine.checkArguments]);
      const pending = /client certificate: certificate signing request (\S+) is Pending/;
      const find = async () => pending.exec(running.output())?.[1];
      const request = await whileRuns(running, "a request that is Pending", find, 120_000);
      return { running, request };
    };
  }

  test("is what the lab hands out, with the real unit in force", async () => {
    expect(Number(await show("NRestarts"))).toBeGreaterThan(5);
    // Every ten seconds it runs, for a moment.
    await eventually("the kubelet to wait for its next start", async () => (await show("SubState")) === "auto-restart");
    expect(await show("RestartUSec")).toBe("10s");
    expect(await show("NeedDaemonReload")).toBe("no");
  });

  test("joins where a request is approved after twenty seconds", async () => {
    await using _manual = await withoutAutoApproval(stage.cluster);
    const { running, request } = await (await waiting())();
    await pause(20_000);
    expect(await stage.lab.kubectl(["certificate", "approve", request])).toMatchObject({ exitCode: 0 });
    await isJoined(machine, await running.ended);
  });

  test("joins although the controller manager is away for twenty-five seconds", { timeout: 600_000 }, async () => {
    const begin = await waiting();
    await stage.lab.stopComponent("kube-controller-manager");
    const away = pause(25_000);
    const beginning = begin();
    // It returns after the join has said what it waits for, however long that takes.
    const [begun] = await Promise.allSettled([beginning, away]);
    await stage.lab.startComponent("kube-controller-manager");
    if (begun.status === "rejected") throw begun.reason;
    await isJoined(machine, await begun.value.running.ended);
  });
});
