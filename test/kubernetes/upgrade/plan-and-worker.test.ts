// What plan and diff print for a cluster of the previous minor version, and what node does on its workers: this program
// next to upstream's, on the same hosts.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabHost } from "../../../lab/lab-host.ts";
import type { Program } from "../../support/control-plane/control-plane-lab.ts";
import { checkArguments } from "../../support/control-plane/control-plane-lab.ts";
import { comparableLines } from "../../support/upgrade/comparable-lines.ts";
import {
  mustUpgrade,
  openUpgradeLab,
  runUpgrade,
  toVersion,
  type UpgradeLab,
} from "../../support/upgrade/upgrade-lab.ts";
import { recordUpgrade, type UpgradeRecord } from "../../support/upgrade/upgrade-record.ts";

let cluster: UpgradeLab;
let worker: LabHost;

beforeAll(async () => {
  cluster = await openUpgradeLab("upgrade-plan");
  worker = await cluster.addWorker("w1");
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

async function bySide(host: LabHost, args: readonly string[]) {
  const run = async (program: Program) => {
    const { exitCode, stdout } = await runUpgrade(host, program, args);
    return { exitCode, stdout };
  };
  return { upstream: await run("upstream"), ours: await run("ours") };
}

describe("In a cluster of the previous minor version, as upstream's program,", () => {
  test.each([[[]], [["-o", "json"]], [["-o", "yaml", "--etcd-upgrade=false"]]])(
    "upgrade plan %j prints",
    async (flags) => {
      const { ours, upstream } = await bySide(cluster.controlPlane, ["plan", `v${toVersion}`, ...flags]);
      // This program continues with what the upgrade finds on the machine.
      const [stdout = "", outlook] = ours.stdout.split(/^What to expect from the upgrade to /m);
      expect({ ...ours, stdout }).toEqual(upstream);
      expect(outlook !== undefined).toBe(flags.length === 0);
      expect(ours.exitCode).toBe(0);
    },
  );

  test("upgrade diff prints, but for the order of the components", async () => {
    const { ours, upstream } = await bySide(cluster.controlPlane, ["diff", `v${toVersion}`, "-c", "3"]);
    const parts = ({ stdout }: typeof ours) => stdout.split(/^(?=--- )/m).toSorted();
    expect(parts(ours)).toEqual(parts(upstream));
    expect(parts(ours)).toHaveLength(4);
  });

  test("upgrade node on a worker prints, and leaves the same files with the same modes", async () => {
    const config = "/var/lib/kubelet/config.yaml";
    const upgraded = async (program: Program) => {
      await worker.mustRun(["rm", "-rf", "/etc/kubernetes/tmp"]);
      await worker.mustRun(["sh", "-c", `echo 'maxPods: 99' >> ${config}`]);
      const { stdout } = await mustUpgrade(worker, program, ["node", ...checkArguments]);
      return { lines: comparableLines(stdout), record: await recordUpgrade(cluster.lab, worker) };
    };
    const upstream = await upgraded("upstream");
    const ours = await upgraded("ours");
    expect(ours.lines).toEqual(upstream.lines);
    expect(ours.record).toEqual(upstream.record);
    const backup = "/etc/kubernetes/tmp/kubeadm-kubelet-config-T0/config.yaml";
    const files = ({ host }: UpgradeRecord) => host.files;
    expect(files(ours.record)[backup]).toContain("maxPods: 99");
    expect(files(ours.record)[config]).not.toContain("maxPods: 99");
  });
});
