// Upgrades of a control plane that cannot succeed: they change nothing, or restore what they have changed, and say so.
// In the end the same cluster is upgraded after all.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabHost } from "../../../lab/lab-host.ts";
import type { CommandResult } from "../../../lab/run-command.ts";
import { checkArguments, isControlPlane } from "../../support/control-plane/control-plane-lab.ts";
import { eventually } from "../../support/join/cluster-actions.ts";
import { codeOf, show, UnchangedCluster } from "../../support/upgrade/unchanged-cluster.ts";
import {
  mustUpgrade,
  openUpgradeLab,
  runUpgrade,
  toVersion,
  type UpgradeLab,
} from "../../support/upgrade/upgrade-lab.ts";
import { placeWitness, type Witness } from "../../support/upgrade/witness.ts";

let cluster: UpgradeLab;
let cp1: LabHost;
let witness: Witness;
let unchanged: UnchangedCluster;

beforeAll(async () => {
  cluster = await openUpgradeLab("upgrade-faults");
  cp1 = cluster.controlPlane;
  witness = await placeWitness(cluster.lab, cp1.name);
  unchanged = await UnchangedCluster.record(cluster, witness);
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const images = ["ctr", "--namespace", "k8s.io", "images"] as const;
const temporary = "/etc/kubernetes/tmp";
const patches = "/root/patches";

/** Runs apply, which must fail with the code. */
async function failsWith(code: string, configuration: readonly string[] = []): Promise<CommandResult> {
  await cp1.writeFile("/root/upgrade.yaml", upgradeConfiguration(configuration));
  const outcome = await runUpgrade(cp1, "ours", ["apply", "--config", "/root/upgrade.yaml", "--yes"]);
  show(`${code} after ${(outcome.elapsedMs / 1000).toFixed(1)} s`, outcome);
  expect({ exitCode: outcome.exitCode, code: codeOf(outcome) }).toEqual({ exitCode: 1, code });
  return outcome;
}

/** The same with the patches that were written. */
const patchFailsWith = (code: string) => failsWith(code, [`patches: {directory: ${patches}}`]);

function upgradeConfiguration(apply: readonly string[]): string {
  return [
    "apiVersion: kubeadm.k8s.io/v1beta4",
    "kind: UpgradeConfiguration",
    "apply:",
    `  kubernetesVersion: v${toVersion}`,
    "  # A scheduler that has just been restored may need a minute to become the leader.",
    "  ignorePreflightErrors: [SystemVerification, CreateJob]",
    ...apply.map((line) => `  ${line}`),
    "timeouts:",
    "  upgradeManifests: 3m0s",
    "",
  ].join("\n");
}

async function writePatch(component: string, operations: readonly object[]): Promise<void> {
  await cp1.mustRun(["rm", "-rf", patches]);
  await cp1.writeFile(`${patches}/${component}0+json.json`, JSON.stringify(operations));
}

/** Takes a port of the machine as soon as it is free; returns what gives it back. */
async function takePort(port: number): Promise<() => Promise<void>> {
  const unit = `port-${port}`;
  const listen = `until socat TCP-LISTEN:${port},bind=127.0.0.1,fork EXEC:/bin/false; do sleep 0.02; done`;
  await cp1.mustRun(["systemd-run", "--unit", unit, "sh", "-c", listen]);
  return async () => void (await cp1.mustRun(["systemctl", "stop", unit]));
}

/** Controller manager and scheduler are upgraded in parallel, after the API server. */
const allBack =
  "kube-controller-manager, kube-scheduler and kube-apiserver are running again as before the upgrade, and are healthy.";

function remedyIn(stderr: string): string {
  return /^remedy: (.*)$/m.exec(stderr)?.[1] ?? "";
}

describe("An upgrade changes nothing", () => {
  test("if an image is missing and cannot be pulled", async () => {
    const image = `registry.k8s.io/kube-scheduler:v${toVersion}`;
    await cp1.mustRun([...images, "tag", image, "registry.k8s.io/kept:1"]);
    await cp1.mustRun([...images, "rm", image]);
    const { stderr } = await failsWith("PREFLIGHT_FAILED");
    expect(stderr).toContain(image);
    await unchanged.isAsBefore();
    await cp1.mustRun([...images, "tag", "registry.k8s.io/kept:1", image]);
    await cp1.mustRun([...images, "rm", "registry.k8s.io/kept:1"]);
  });

  test("if there is no space for the backup of etcd", async () => {
    await cp1.mustRun(["mkdir", "-p", temporary]);
    await cp1.mustRun(["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", temporary]);
    try {
      const { stderr } = await failsWith("UPGRADE_BACKUP_FAILED");
      expect(stderr).toContain(temporary);
    } finally {
      await cp1.mustRun(["umount", temporary]);
    }
    await unchanged.isAsBefore();
  });
});

describe("An upgrade restores what it has changed", () => {
  test("if etcd refuses a flag", async () => {
    await writePatch("etcd", [{ op: "add", path: "/spec/containers/0/command/-", value: "--no-such-flag=1" }]);
    const { stderr } = await patchFailsWith("UPGRADE_ETCD_FAILED");
    // If it is seen to exit a second time, the error is the cause.
    expect(stderr).toMatch(/^(error: .*|cause): etcd exited.*: flag provided but not defined: -no-such-flag$/m);
    expect(remedyIn(stderr)).toMatch(
      /^etcd works again with the manifest, certificates and data from before the upgrade\. Fix the settings of etcd: .* \S+\/kubeadm-upgraded-manifests\d+\/etcd\.yaml shows all of them\. Then run the same command again\. The snapshot in \S+ is from before the upgrade\./,
    );
    await unchanged.isAsBefore();
  });

  test("if etcd runs, but does not serve: its data is that of before", async () => {
    const urls = "--listen-client-urls=https://127.0.0.1:12379";
    const command = (await cp1.readFile("/etc/kubernetes/manifests/etcd.yaml")).toString("utf8");
    const flags = [...command.matchAll(/^ {4}- (\S+)$/gm)].map(([, flag = ""]) => flag);
    const index = flags.findIndex((flag) => flag.startsWith("--listen-client-urls="));
    await writePatch("etcd", [{ op: "replace", path: `/spec/containers/0/command/${index}`, value: urls }]);
    const { stderr } = await patchFailsWith("UPGRADE_ETCD_FAILED");
    expect(stderr).toMatch(/^error: .*etcd did not become available at https:\/\/\S+:2379 within 3m0s: /m);
    // The last words of its log, if they are an error.
    expect(stderr).toMatch(/^cause: etcd runs, and (writes: .+|its log has no error)$/m);
    expect(remedyIn(stderr)).toMatch(
      /^etcd works again with the manifest, certificates and data from before the upgrade\. etcd must listen at https:\/\/\S+:2379 .* Then run the same command again\. The snapshot in \S+ is from before the upgrade\./,
    );
    await unchanged.isAsBefore();
  });

  test("if the API server refuses a flag", async () => {
    await writePatch("kube-apiserver", [
      { op: "add", path: "/spec/containers/0/command/-", value: "--no-such-flag=1" },
    ]);
    const { stderr } = await patchFailsWith("UPGRADE_COMPONENT_FAILED");
    expect(stderr).toMatch(
      /^(error: .*|cause): kube-apiserver exited with status 1.*: Error: unknown flag: --no-such-flag$/m,
    );
    expect(remedyIn(stderr)).toMatch(
      /^kube-apiserver is running again as before the upgrade, and is healthy\. Fix the settings of kube-apiserver: .* \S+\/kubeadm-upgraded-manifests\d+\/kube-apiserver\.yaml shows all of them\. Then run the same command again\.$/,
    );
    await unchanged.componentsAreAsBefore();
  });

  test("if a port of the controller manager is taken", async () => {
    await writePatch("kube-controller-manager", [
      { op: "add", path: "/spec/containers/0/command/-", value: "--secure-port=10357" },
    ]);
    const giveBack = await takePort(10357);
    const { stderr } = await patchFailsWith("UPGRADE_COMPONENT_FAILED");
    await giveBack();
    expect(stderr).toMatch(/^cause: .*listen tcp 127\.0\.0\.1:10357: bind: address already in use/m);
    expect(remedyIn(stderr)).toBe(
      `${allBack} \`ss -ltnp 'sport = :10357'\` shows which program uses the port 10357: stop that program, or give kube-controller-manager another port. Then run the same command again.`,
    );
    await unchanged.componentsAreAsBefore();
  });

  test("if there is not enough memory for the scheduler", async () => {
    const limits = { op: "add", path: "/spec/containers/0/resources/limits", value: { memory: "4Mi" } };
    await writePatch("kube-scheduler", [limits]);
    const { stderr } = await patchFailsWith("UPGRADE_COMPONENT_FAILED");
    // The kernel ends the scheduler, or the container before that.
    expect(stderr).toMatch(/^cause: .*kube-scheduler exited .*(OOMKilled|cannot start a stopped process)/m);
    const remedy = remedyIn(stderr);
    expect(remedy.startsWith(`${allBack} `), remedy).toBe(true);
    expect(remedy).toMatch(/resources\.limits\.memory in \S+\/kubeadm-upgraded-manifests\d+\/kube-scheduler\.yaml/);
    expect(remedy).toMatch(/ Then run the same command again\.$/);
    await unchanged.componentsAreAsBefore();
  });
});

test("An upgrade says so if what it restores does not work either, and that works once the problem is fixed", async () => {
  const giveBack = await takePort(10257);
  const { stderr } = await failsWith("UPGRADE_ROLLBACK_FAILED");
  expect(stderr).toContain("kube-controller-manager was restored, but doesn't work either: ");
  expect(stderr).toMatch(/^remedy: .*ss -ltnp 'sport = :10257'/m);
  await giveBack();
  const healthy = ["curl", "-ksf", "-o", "/dev/null", "https://127.0.0.1:10257/healthz"] as const;
  // The kubelet waits for longer after each exit.
  const works = async () => (await cp1.run(healthy)).exitCode === 0;
  await eventually("the previous controller manager", works, 400_000);
  await unchanged.componentsAreAsBefore();
});

test("The same cluster is upgraded once the problem is fixed", async () => {
  await mustUpgrade(cp1, "ours", ["apply", `v${toVersion}`, "--yes", ...checkArguments]);
  const { stdout } = await cluster.lab.kubectl(["get", "--raw", "/version"]);
  expect(JSON.parse(stdout)).toMatchObject({ gitVersion: `v${toVersion}` });
  await isControlPlane(cluster.lab, cp1);
  await witness.isUnharmed();
});
