// One control plane of the previous minor version, upgraded by this program, and another one by upstream's: the same files,
// certificates and objects.
import { beforeAll, describe, expect, test } from "vitest";
import {
  checkArguments,
  isControlPlane,
  type Program,
  underTest,
} from "../../support/control-plane/control-plane-lab.ts";
import { comparableLines, linesLikeUpstreams } from "../../support/upgrade/comparable-lines.ts";
import {
  mustUpgrade,
  openUpgradeLab,
  runUpgrade,
  toVersion,
  type UpgradeLab,
} from "../../support/upgrade/upgrade-lab.ts";
import { changesOf, isEtcdBackup, recordUpgrade, type UpgradeRecord } from "../../support/upgrade/upgrade-record.ts";
import { placeWitness } from "../../support/upgrade/witness.ts";

interface Upgraded {
  readonly lines: readonly string[];
  readonly before: UpgradeRecord;
  readonly after: UpgradeRecord;
  /** What upstream's program plans afterwards. */
  readonly plan: string;
}

let ours: Upgraded;
let upstream: Upgraded;

beforeAll(async () => {
  ours = await upgraded("ours");
  upstream = await upgraded("upstream");
});

async function upgraded(program: Program): Promise<Upgraded> {
  await using cluster = await openUpgradeLab(`upgrade-${program}`);
  const { lab, controlPlane } = cluster;
  const witness = await placeWitness(lab, controlPlane.name);
  const before = await recordUpgrade(lab, controlPlane);
  const { stdout } = await mustUpgrade(controlPlane, program, ["apply", `v${toVersion}`, "--yes", ...checkArguments]);
  await isControlPlane(lab, controlPlane);
  await witness.isUnharmed();
  await areVersions(cluster);
  const after = await recordUpgrade(lab, controlPlane);
  const plan = await runUpgrade(controlPlane, "upstream", ["plan", `v${toVersion}`]);
  return { lines: comparableLines(stdout), before, after, plan: plan.stdout };
}

/** The API server itself, and what runs on the node, are of the new version. */
async function areVersions({ lab, controlPlane }: UpgradeLab): Promise<void> {
  const { gitVersion } = JSON.parse((await lab.kubectl(["get", "--raw", "/version"])).stdout) as { gitVersion: string };
  expect(gitVersion).toBe(`v${toVersion}`);
  const processes = await controlPlane.mustRun(["ps", "-eo", "args"]);
  for (const component of ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]) {
    expect(processes.match(new RegExp(`^${component} `, "gm")), component).toHaveLength(1);
  }
}

describe("A control plane of the previous minor version, upgraded", () => {
  test("has the same files with the same modes and owners", () => {
    const tree = ({ after }: Upgraded) => after.host.tree.filter((line) => !isEtcdBackup(line));
    expect(tree(ours)).toEqual(tree(upstream));
  });

  test.runIf(underTest === "ours")("has a backup of etcd that only root can read", () => {
    const backups = ours.after.host.tree.filter(isEtcdBackup);
    expect(backups.length).toBeGreaterThan(0);
    for (const line of backups) expect(line).toMatch(/^(?:directory 0700|file 0600) 0:0 /);
  });

  test("has the same manifests, kubeconfigs and files for the kubelet", () => {
    expect(ours.after.host.files).toEqual(upstream.after.host.files);
  });

  test("has certificates of the same subjects, names, uses, extensions and lengths", () => {
    expect(ours.after.host.certificates).toEqual(upstream.after.host.certificates);
  });

  test("has renewed the same certificates", () => {
    const renewals = ({ before, after }: Upgraded) => changesOf(before.fingerprints, after.fingerprints);
    expect(renewals(ours)).toEqual(renewals(upstream));
    expect([...renewals(ours).values()]).toContain("changed");
  });

  test("has the same objects in its cluster", () => {
    expect(ours.after.objects).toEqual(upstream.after.objects);
  });

  test("is one that upstream's program has nothing to upgrade on but its kubelet", () => {
    expect(ours.plan).toBe(upstream.plan);
    expect(ours.plan).not.toContain("kubeadm upgrade apply v");
  });

  test("is reported in the same lines, but for those of waits and of etcd", () => {
    expect(linesLikeUpstreams(ours.lines)).toEqual(linesLikeUpstreams(upstream.lines));
  });
});
