// Upgrades of three control planes while the etcd of the third one does not run.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LabHost } from "../../../lab/lab-host.ts";
import { checkArguments, isControlPlane, votersAre } from "../../support/control-plane/control-plane-lab.ts";
import { eventually } from "../../support/join/cluster-actions.ts";
import { codeOf, show } from "../../support/upgrade/unchanged-cluster.ts";
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
let cp2: LabHost;
let cp3: LabHost;
let witness: Witness;

beforeAll(async () => {
  cluster = await openUpgradeLab("upgrade-member");
  cp1 = cluster.controlPlane;
  cp2 = await cluster.addControlPlane("cp2");
  cp3 = await cluster.addControlPlane("cp3");
  witness = await placeWitness(cluster.lab, cp1.name);
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const manifest = "/etc/kubernetes/manifests/etcd.yaml";
const kept = "/root/etcd.yaml";
const startEtcd = (host: LabHost) => host.mustRun(["mv", kept, manifest]);

async function stopEtcd(host: LabHost): Promise<void> {
  await host.mustRun(["mv", manifest, kept]);
  const answer = ["curl", "-s", "-o", "/dev/null", "http://127.0.0.1:2381/livez"] as const;
  await eventually(`the end of etcd on ${host.name}`, async () => (await host.run(answer)).exitCode !== 0, 90_000);
}

const apply = ["apply", `v${toVersion}`, "--yes", ...checkArguments];
/** The kubelet of cp3 uses the API server of cp3, which works only with the etcd of cp3. */
const ignoring = "--ignore-preflight-errors=CreateJob,ControlPlaneNodesReady";

test("apply changes nothing once the machine of the member is NotReady, and names it", async () => {
  await stopEtcd(cp3);
  const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
  const status = async () => (await cluster.lab.kubectl(["get", "node", "cp3", "-o", path])).stdout;
  await eventually("cp3 to be NotReady", async () => (await status()) === "Unknown", 180_000);
  const outcome = await runUpgrade(cp1, "ours", apply);
  show("apply with a control plane that is NotReady", outcome);
  expect({ exitCode: outcome.exitCode, code: codeOf(outcome) }).toEqual({ exitCode: 1, code: "PREFLIGHT_FAILED" });
  expect(outcome.stderr).toContain("there are NotReady control-planes in the cluster: [cp3]. cp3: ");
});

test("apply continues without the member if that is ignored, names it, and says what that means", async () => {
  const outcome = await mustUpgrade(cp1, "ours", [...apply, ignoring]);
  show("apply with a member down", outcome);
  expect(outcome.stderr).toMatch(
    /no response from the etcd member cp3 .*\. The API servers can't reach etcd while this machine's member restarts$/m,
  );
  await isControlPlane(cluster.lab, cp1);
  await votersAre(cp1, "cp1", "cp2", "cp3");
  await witness.isUnharmed();
});

test("without a second member there is no etcd, and the upgrade changes nothing", async () => {
  await stopEtcd(cp1);
  const before = await cp2.readFile("/etc/kubernetes/manifests/kube-apiserver.yaml");
  const outcome = await runUpgrade(cp2, "ours", ["node", ...checkArguments]);
  show(`node without a quorum, after ${(outcome.elapsedMs / 1000).toFixed(1)} s`, outcome);
  expect({ exitCode: outcome.exitCode, code: codeOf(outcome) }).toEqual({ exitCode: 1, code: "ETCD_NO_QUORUM" });
  // Members are in the order of their IDs.
  for (const name of ["cp1", "cp3"]) expect(outcome.stderr).toMatch(new RegExp(`no response from .*\\b${name} \\(`));
  expect(await cp2.readFile("/etc/kubernetes/manifests/kube-apiserver.yaml")).toEqual(before);
  await startEtcd(cp1);
  await isControlPlane(cluster.lab, cp1);
});

test("upstream's program continues without the member, too", async () => {
  await mustUpgrade(cp2, "upstream", ["node", ...checkArguments]);
  await isControlPlane(cluster.lab, cp2);
  await votersAre(cp2, "cp1", "cp2", "cp3");
});

test("the member returns with its data, and is upgraded", async () => {
  await startEtcd(cp3);
  // Its API server has exited for minutes: a kubelet that starts again does not pause before it starts it again.
  await cp3.mustRun(["systemctl", "restart", "kubelet"]);
  await isControlPlane(cluster.lab, cp3);
  await mustUpgrade(cp3, "ours", ["node", ...checkArguments]);
  for (const host of [cp1, cp2, cp3]) await isControlPlane(cluster.lab, host);
  await votersAre(cp3, "cp1", "cp2", "cp3");
  await witness.isUnharmed();
});
