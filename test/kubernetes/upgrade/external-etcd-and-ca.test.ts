// A control plane whose etcd runs on another host, and whose CA has its key there: upgraded by this program, and another one by
// upstream's.
import { beforeAll, describe, expect, test } from "vitest";
import type { Lab } from "../../../lab/lab.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import {
  checkArguments,
  isControlPlane,
  type Program,
  staticPods,
} from "../../support/control-plane/control-plane-lab.ts";
import { prepareExternalAuthority } from "../../support/control-plane/external-authority.ts";
import { runExternalEtcd } from "../../support/control-plane/external-etcd.ts";
import { comparableLines, linesLikeUpstreams } from "../../support/upgrade/comparable-lines.ts";
import { fromVersion, mustUpgrade, openUpgradeLab, runUpgrade, toVersion } from "../../support/upgrade/upgrade-lab.ts";
import { changesOf, recordUpgrade, type UpgradeRecord } from "../../support/upgrade/upgrade-record.ts";
import { placeWitness } from "../../support/upgrade/witness.ts";

interface Upgraded {
  readonly lines: readonly string[];
  readonly before: UpgradeRecord;
  readonly after: UpgradeRecord;
  /** What upstream's program plans afterwards. */
  readonly plan: string;
  /** The process of etcd before and after, with its start. */
  readonly etcd: readonly [string, string];
}

let ours: Upgraded;
let upstream: Upgraded;

beforeAll(async () => {
  ours = await upgraded("ours");
  upstream = await upgraded("upstream");
});

async function prepare(lab: Lab, controlPlane: LabHost) {
  const host = await lab.addHost("db1");
  const external = await runExternalEtcd(lab, host, [controlPlane]);
  await prepareExternalAuthority(host, controlPlane, { version: fromVersion });
  return { sharedEndpoint: true, uploadCerts: false, extraConfig: { cluster: { etcd: { external } } } };
}

async function upgraded(program: Program): Promise<Upgraded> {
  await using cluster = await openUpgradeLab(`foreign-${program}`, { prepare });
  const { lab, controlPlane } = cluster;
  const etcd = () => lab.host("db1").mustRun(["ps", "-C", "etcd", "-o", "pid,lstart"]);
  const witness = await placeWitness(lab, controlPlane.name);
  const before = await recordUpgrade(lab, controlPlane);
  const etcdBefore = await etcd();
  const { stdout } = await mustUpgrade(controlPlane, program, ["apply", `v${toVersion}`, "--yes", ...checkArguments]);
  await isControlPlane(lab, controlPlane, { pods: staticPods.filter((pod) => pod !== "etcd") });
  await witness.isUnharmed();
  const after = await recordUpgrade(lab, controlPlane);
  const plan = await runUpgrade(controlPlane, "upstream", ["plan", `v${toVersion}`]);
  return { lines: comparableLines(stdout), before, after, plan: plan.stdout, etcd: [etcdBefore, await etcd()] };
}

describe("A control plane with an external etcd and an external CA, upgraded", () => {
  test("has the same files with the same modes and owners", () => {
    expect(ours.after.host.tree).toEqual(upstream.after.host.tree);
  });

  test("has the same manifests, kubeconfigs and files for the kubelet", () => {
    expect(ours.after.host.files).toEqual(upstream.after.host.files);
  });

  test("has renewed the same certificates: none that the external CA signs", () => {
    const renewals = ({ before, after }: Upgraded) => changesOf(before.fingerprints, after.fingerprints);
    expect(renewals(ours)).toEqual(renewals(upstream));
    const renewed = [...renewals(ours)].flatMap(([path, change]) => (change === "changed" ? [path] : []));
    expect(renewed).toEqual(["/etc/kubernetes/pki/front-proxy-client.crt"]);
  });

  test("has the same objects in its cluster", () => {
    expect(ours.after.objects).toEqual(upstream.after.objects);
  });

  test("uses the etcd that has run all the time", () => {
    const [before, after] = ours.etcd;
    expect(before).toMatch(/\d/);
    expect(after).toBe(before);
  });

  test("is one that upstream's program has nothing to upgrade on but its kubelet", () => {
    expect(ours.plan).toBe(upstream.plan);
    expect(ours.plan).not.toContain("kubeadm upgrade apply v");
  });

  test("is reported in the same lines, but for those of waits", () => {
    expect(linesLikeUpstreams(ours.lines)).toEqual(linesLikeUpstreams(upstream.lines));
  });
});
