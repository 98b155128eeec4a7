// Upgrades that are refused before anything changes: this program next to upstream's, in one cluster, which is upgraded in
// the end.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { LabHost } from "../../../lab/lab-host.ts";
import type { CommandResult } from "../../../lab/run-command.ts";
import { checkArguments } from "../../support/control-plane/control-plane-lab.ts";
import { eventually } from "../../support/join/cluster-actions.ts";
import { expiredKubeconfig } from "../../support/upgrade/expired-kubeconfig.ts";
import { codeOf, show, UnchangedCluster } from "../../support/upgrade/unchanged-cluster.ts";
import {
  fromVersion,
  mustUpgrade,
  openUpgradeLab,
  runUpgrade,
  toVersion,
  type UpgradeLab,
} from "../../support/upgrade/upgrade-lab.ts";
import { placeWitness } from "../../support/upgrade/witness.ts";

let cluster: UpgradeLab;
let cp1: LabHost;
let w1: LabHost;
let unchanged: UnchangedCluster;

beforeAll(async () => {
  cluster = await openUpgradeLab("upgrade-refusals");
  cp1 = cluster.controlPlane;
  w1 = await cluster.addWorker("w1");
  unchanged = await UnchangedCluster.record(cluster, await placeWitness(cluster.lab, cp1.name));
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

/** What undoes a fault, the last one first. */
const undo: (() => Promise<unknown>)[] = [];
async function undoFaults(): Promise<void> {
  for (const each of undo.splice(0).toReversed()) await each();
}
afterEach(undoFaults);

/** The fault is undone, and the cluster is as it was. */
async function isUnchanged(): Promise<void> {
  await undoFaults();
  await unchanged.isAsBefore();
}

const adminConf = "/etc/kubernetes/admin.conf";
const superAdminConf = "/etc/kubernetes/super-admin.conf";
const controlPlaneLabel = "node-role.kubernetes.io/control-plane";

async function kubectl(...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await cluster.lab.kubectl(args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
}

/** Both programs at the same time, with the same arguments. */
async function bothApply(version: string, extra: readonly string[] = []) {
  const args = ["apply", version, "--yes", ...checkArguments, ...extra];
  const [ours, upstream] = await Promise.all([runUpgrade(cp1, "ours", args), runUpgrade(cp1, "upstream", args)]);
  const seconds = ({ elapsedMs }: CommandResult) => `${(elapsedMs / 1000).toFixed(1)} s`;
  show(`apply ${version}: ${ours.exitCode} after ${seconds(ours)}`, ours);
  show(`upstream: ${upstream.exitCode} after ${seconds(upstream)}`, upstream);
  return { ours, upstream };
}

interface Refusal {
  readonly code: string;
  /** What both programs say. */
  readonly same: RegExp;
  /** What this program adds. */
  readonly adds: RegExp;
}

/** Both programs refuse with exit status 1. */
async function bothRefuse(version: string, { code, same, adds }: Refusal, extra: readonly string[] = []) {
  const { ours, upstream } = await bothApply(version, extra);
  expect({ ours: ours.exitCode, upstream: upstream.exitCode }).toEqual({ ours: 1, upstream: 1 });
  expect(codeOf(ours)).toBe(code);
  expect(upstream.stderr).toMatch(same);
  expect(ours.stderr).toMatch(same);
  expect(ours.stderr).toMatch(adds);
}

const refusedVersion = (same: RegExp, adds: RegExp): Refusal => ({ code: "UPGRADE_VERSION_REFUSED", same, adds });

describe("Both programs refuse", () => {
  test.each<readonly [string, string, Refusal]>([
    [
      "two minor versions up",
      "v1.38.0",
      refusedVersion(
        /^\t- Specified version to upgrade to "v1\.38\.0" is too high; .*\n\t- .* \(38 > 37\)\. Such an upgrade is not supported$/m,
        new RegExp(
          `^remedy: Upgrade the cluster from v${fromVersion.replaceAll(".", "\\.")} to 1\\.37 first, with a kubeadm of 1\\.37\\.$`,
          "m",
        ),
      ),
    ],
    [
      "a patch release that is newer than kubeadm",
      "v1.37.9",
      refusedVersion(
        /^\t- Specified version to upgrade to "v1\.37\.9" is higher than the kubeadm version "v1\.37\.2"\..*$/m,
        /^remedy: This program is kubeadm v1\.37\.2: install kubeadm v1\.37\.9, and run the command with it\.$/m,
      ),
    ],
    [
      "an older patch release",
      "v1.36.0",
      refusedVersion(
        /^\t- Kubeadm version v1\.37\.2 can only be used to upgrade to Kubernetes version 1\.37$/m,
        /^remedy: Run the command with a kubeadm of 1\.36, or choose a version of 1\.37\.$/m,
      ),
    ],
    [
      "a release candidate",
      "v1.37.0-rc.0",
      refusedVersion(
        /^\t- Specified version to upgrade to "v1\.37\.0-rc\.0" is an unstable version/m,
        /^remedy: Choose a release, or add --allow-release-candidate-upgrades/m,
      ),
    ],
    [
      "a minor version that kubeadm does not deploy",
      "v1.35.9",
      {
        code: "CLUSTER_VERSION_UNSUPPORTED",
        same: /the control plane version >= 1\.36\.0\. Current version: v1\.35\.9$/m,
        adds: /^remedy: Choose a release of 1\.36 or newer\.$/m,
      },
    ],
    [
      "a version that is not one",
      "1.x",
      { code: "RELEASE_UNKNOWN", same: /version "1\.x" doesn't match patterns for/, adds: /^remedy: Name a release/m },
    ],
  ])("%s", async (_, version, refusal) => {
    await bothRefuse(version, refusal);
    await isUnchanged();
  });

  test("a worker whose kubelet is too old, and this program names it", async () => {
    await cluster.lab.kubectl(["create", "-f", "-"], {
      input: JSON.stringify({ apiVersion: "v1", kind: "Node", metadata: { name: "old" } }),
    });
    undo.push(() => kubectl("delete", "node", "old"));
    const status = JSON.stringify({ status: { nodeInfo: { kubeletVersion: "v1.33.4" } } });
    await kubectl("patch", "node", "old", "--subresource=status", "--type=merge", "-p", status);
    const refusal = refusedVersion(
      /^\t- There are kubelets in this cluster that are too old that have these versions \[v1\.33\.4\]$/m,
      /^remedy: Upgrade the kubelet to 1\.34 or newer first on old \(v1\.33\.4\)\. .*kubectl delete node/m,
    );
    await bothRefuse(`v${toVersion}`, refusal);
    await isUnchanged();
  });

  test("a Job that no Node takes, and this program says why", async () => {
    const taint = "example.org/full";
    await kubectl("taint", "node", "--all", `${taint}=:NoSchedule`);
    undo.push(() => kubectl("taint", "node", "--all", `${taint}-`));
    await bothRefuse(`v${toVersion}`, {
      code: "PREFLIGHT_FAILED",
      same: /\[ERROR CreateJob\]: Job "upgrade-health-check-\d+" in the namespace "kube-system" did not complete in 1m0s: no condition of type Complete/,
      adds: /no condition of type Complete\. Its Pod \S+ is not scheduled: 0\/2 nodes are available: .*\n\t\tMake one Node schedulable for the Pod.* Taints: cp1 \(example\.org\/full:NoSchedule\); w1 \(example\.org\/full:NoSchedule\)\./,
    });
    await isUnchanged();
  });

  test("an image that is missing on the only Node that takes the Job, and this program names Node and image", async () => {
    const images = ["ctr", "--namespace", "k8s.io", "images"] as const;
    const pause = "registry.k8s.io/pause:3.10.2";
    await kubectl("cordon", "cp1");
    undo.push(() => kubectl("uncordon", "cp1"));
    await w1.mustRun([...images, "tag", pause, "registry.k8s.io/kept:1"]);
    await w1.mustRun([...images, "rm", pause]);
    undo.push(async () => {
      await w1.mustRun([...images, "tag", "registry.k8s.io/kept:1", pause]);
      await w1.mustRun([...images, "rm", "registry.k8s.io/kept:1"]);
    });
    await bothRefuse(`v${toVersion}`, {
      code: "PREFLIGHT_FAILED",
      same: /\[ERROR CreateJob\]: Job "upgrade-health-check-\d+" in the namespace "kube-system" did not complete in 1m0s/,
      adds: /Its Pod \S+ is on Node w1: .*pause:3\.10\.2.*\n\t\tCheck w1: .*pull the image registry\.k8s\.io\/pause:3\.10\.2/,
    });
    await isUnchanged();
  });

  test("a control plane that is NotReady, and this program says why", async () => {
    const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
    const isReady = async () => (await cluster.lab.kubectl(["get", "node", "cp1", "-o", path])).stdout === "True";
    await cp1.mustRun(["systemctl", "stop", "kubelet"]);
    undo.push(async () => {
      await cp1.mustRun(["systemctl", "start", "kubelet"]);
      await eventually("cp1 to be Ready", isReady, 60_000);
    });
    await eventually("cp1 to be NotReady", async () => !(await isReady()), 180_000);
    await bothRefuse(`v${toVersion}`, {
      code: "PREFLIGHT_FAILED",
      same: /\[ERROR ControlPlaneNodesReady\]: there are NotReady control-planes in the cluster: \[cp1\]/,
      adds: /\[cp1\]\. cp1: Kubelet stopped posting node status\.\n\t\tRun `kubeadm doctor` on cp1/,
    });
    await isUnchanged();
  });

  test("an admin.conf that has expired, and this program says so, and what to do", async () => {
    const [certificatePem, keyPem, kubeconfig] = await Promise.all(
      ["/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/ca.key", adminConf].map(async (path) =>
        (await cp1.readFile(path)).toString("utf8"),
      ),
    );
    await cp1.mustRun(["cp", "-p", adminConf, "/root/admin.conf"]);
    undo.push(() => cp1.mustRun(["mv", "/root/admin.conf", adminConf]));
    const authority = { certificatePem: certificatePem ?? "", keyPem: keyPem ?? "" };
    const expired = await expiredKubeconfig(kubeconfig ?? "", authority);
    await cp1.writeFile(adminConf, expired, 0o600);
    const refusal = (adds: RegExp): Refusal => ({
      ...{ code: "KUBECONFIG_INVALID", same: /\[upgrade\] FATAL: failed to get config map: .*Unauthorized/, adds },
    });
    await bothRefuse(
      `v${toVersion}`,
      refusal(
        /admin\.conf expired on .*\n(?:.*\n)*remedy: .*kubeadm certs renew admin\.conf.*--kubeconfig \/etc\/kubernetes\/super-admin\.conf is still valid/,
      ),
    );
    const other = await runUpgrade(cp1, "ours", ["plan", `v${toVersion}`, "--kubeconfig", superAdminConf]);
    expect(other.exitCode, other.stderr).toBe(0);

    await cp1.mustRun(["mv", superAdminConf, "/root/super-admin.conf"]);
    undo.push(() => cp1.mustRun(["mv", "/root/super-admin.conf", superAdminConf]));
    const alone = await runUpgrade(cp1, "ours", ["apply", `v${toVersion}`, "--yes", ...checkArguments]);
    show("without super-admin.conf", alone);
    expect({ exitCode: alone.exitCode, code: codeOf(alone) }).toEqual({ exitCode: 1, code: "KUBECONFIG_INVALID" });
    expect(alone.stderr).toMatch(/^remedy: .*kubeadm certs renew admin\.conf/m);
    expect(alone.stderr).not.toContain("super-admin.conf");

    await cp1.mustRun(["/usr/bin/kubeadm", "certs", "renew", "admin.conf"]);
    const renewed = await runUpgrade(cp1, "ours", ["plan", `v${toVersion}`]);
    expect(renewed.exitCode, renewed.stderr).toBe(0);
    await isUnchanged();
  });
});

test("A cluster without CoreDNS, which upstream's program refuses, is upgraded, and stays without it", async () => {
  const coreDns = ["-n", "kube-system", "deployment", "coredns"] as const;
  await kubectl("delete", ...coreDns);
  const upstream = await runUpgrade(cp1, "upstream", ["apply", `v${toVersion}`, "--yes", ...checkArguments]);
  show("upstream without CoreDNS", upstream);
  expect(upstream.exitCode).toBe(1);
  expect(upstream.stderr).toContain("[ERROR CoreDNSUnsupportedPlugins]: start version '' not supported");
  const { stdout } = await mustUpgrade(cp1, "ours", ["apply", `v${toVersion}`, "--yes", ...checkArguments]);
  expect(stdout).toContain(
    "[upgrade/addon] Skipping the addon/coredns phase. The Deployment kube-system/coredns was removed: `kubeadm init phase addon coredns` creates it.\n",
  );
  expect((await cluster.lab.kubectl(["get", ...coreDns])).stderr).toContain('"coredns" not found');
});

test("Both programs refuse to go back by a minor version, or up by two, after the upgrade", async () => {
  await bothRefuse(
    `v${fromVersion}`,
    refusedVersion(
      /^\t- Kubeadm version v1\.37\.2 can only be used to upgrade to Kubernetes version 1\.37$/m,
      /^remedy: Run the command with a kubeadm of 1\.36/m,
    ),
    ["--ignore-preflight-errors=CoreDNSUnsupportedPlugins,CoreDNSMigration"],
  );
  await bothRefuse(
    "v1.39.0",
    refusedVersion(
      /^\t- Specified version to upgrade to "v1\.39\.0" is too high/m,
      /^remedy: Upgrade the cluster from v1\.37\.2 to 1\.38 first, with a kubeadm of 1\.38\.$/m,
    ),
    ["--ignore-preflight-errors=CoreDNSUnsupportedPlugins,CoreDNSMigration"],
  );
  const label = ["get", "nodes", "-l", controlPlaneLabel, "-o", "name"];
  expect((await cluster.lab.kubectl(label)).stdout).toBe("node/cp1\n");
});
