import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manifest, manifestOf } from "../../../../test/fixtures/kubeadm/upgrade/etcd/etcd-machine.ts";
import { etcdWith } from "../../../../test/fixtures/kubeadm/upgrade/outlook/etcd-members.ts";
import { machine } from "../../../../test/support/certs/machine-in-memory.ts";
import { type OldCluster, runUpgrade, startOldCluster } from "../../../../test/support/upgrade/old-cluster.ts";
import type { ConnectEtcd } from "../../../etcd/etcd.ts";
import { defined } from "../../../values/defined.ts";

let cluster: OldCluster;
beforeAll(async () => {
  cluster = await startOldCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

const ofEtcd = ["etcd-healthcheck-client", "etcd-peer", "etcd-server"];

async function outlook(line: string, files: Readonly<Record<string, string>> = {}, connectEtcd?: ConnectEtcd) {
  const pki = Object.fromEntries(Object.entries(machine).filter(([path]) => path.includes("/pki/")));
  const { status, stdout, stderr } = await runUpgrade(cluster, line, {
    ...defined({ connectEtcd }),
    files: { ...pki, [manifest]: manifestOf("3.6.8-0"), "/var/lib/etcd/member/snap/db": "x", ...files },
  });
  expect(status, stderr).toBe(0);
  return stdout.slice(stdout.indexOf("What to expect from the upgrade to "));
}

/** The certificates below /etc/kubernetes/pki that the outlook says are renewed, or not. */
function certificatesIn(text: string, renewed: "yes" | "no"): readonly string[] {
  const rows = [...text.matchAll(/^(\S+) +20\d\d-\S+ +(yes|no)$/gm)];
  return rows.flatMap(([, name = "", is]) => (is === renewed && !name.endsWith(".conf") ? [name] : [])).sort();
}

const config = "/etc/kubeadm/upgrade.yaml";
const upgradeConfiguration = (section: string) => ({
  [config]: `apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\n${section}\n`,
});

describe("the outlook of upgrade plan", () => {
  const others = ["apiserver", "apiserver-etcd-client", "apiserver-kubelet-client", "front-proxy-client"];
  const all = [...others, ...ofEtcd].sort();
  const estimate = "Backups in /etc/kubernetes/tmp need at most";
  const none = "No backup of etcd is needed: the upgrade doesn't change etcd.";
  it.each([
    ["renews all certificates, and saves etcd's data", "plan v1.37.2", {}, { kept: [], backups: estimate }],
    [
      "leaves etcd's certificates and its data as they are with --etcd-upgrade=false",
      "plan v1.37.2 --etcd-upgrade=false",
      {},
      { kept: ofEtcd, backups: none },
    ],
    [
      "leaves them if the configuration of plan says so",
      `plan v1.37.2 --config ${config}`,
      upgradeConfiguration("plan: {etcdUpgrade: false}"),
      { kept: ofEtcd, backups: none },
    ],
    [
      "leaves them if etcd is newer than the new version's",
      "plan v1.37.2",
      { [manifest]: manifestOf("3.8.0-0") },
      { kept: ofEtcd, backups: none },
    ],
    [
      "renews no certificate if the configuration of apply says so",
      `plan v1.37.2 --config ${config}`,
      upgradeConfiguration("apply: {certificateRenewal: false}"),
      { kept: all, backups: estimate },
    ],
  ])("%s", async (_name, line, files, { kept, backups }) => {
    const text = await outlook(line, files);
    expect(certificatesIn(text, "no")).toEqual(kept);
    expect(certificatesIn(text, "yes")).toEqual(all.filter((name) => !kept.includes(name)));
    expect(text).toContain(backups);
  });

  it("names the members of etcd, and says whether etcd continues", async () => {
    const text = await outlook(
      "plan v1.37.2",
      {},
      etcdWith([
        { name: "cp1", peerUrl: "https://192.0.2.10:2380", version: "3.6.8" },
        { name: "c\u001b[2Jp2\nremedy: x", leads: true, quotaBytes: 0, errors: ["memberID:1 alarm:NOSPACE "] },
        { name: "cp3", answers: false },
        { name: "", isLearner: true, answers: false },
      ]),
    );
    expect(text).toMatch(/^ETCD MEMBER +VERSION +DATABASE +ROLE +STATE$/m);
    expect(text).toMatch(/^cp1 \(this machine\) +3\.6\.8 +2 MiB of 2048 MiB +follower +answers$/m);
    expect(text).toMatch(/^c\\u001b\[2Jp2\\nremedy: x +3\.6\.8 +2 MiB +leader +memberID:1 alarm:NOSPACE/m);
    expect(text).toMatch(/^cp3 +- +- +- +no response: connection refused$/m);
    expect(text).toMatch(/^not started, 4 +- +- +learner +no response: it has not started$/m);
    expect(text).toMatch(/^The API servers can't reach etcd while this machine's member restarts: without it, /m);
  });

  it("says why etcd cannot be asked", async () => {
    expect(await outlook("plan v1.37.2")).toMatch(/^Etcd: unknown: there is no etcd here$/m);
  });
});
