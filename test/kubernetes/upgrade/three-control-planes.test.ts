// Three control planes and two workers of the previous minor version, upgraded by this program, by upstream's, and by both:
// the same nodes, files, certificates and objects, and an API that answers all the time.
import { beforeAll, describe, expect, test } from "vitest";
import { underTest } from "../../support/control-plane/control-plane-lab.ts";
import {
  allHosts,
  controlPlanes,
  type HostName,
  type Programs,
  type UpgradedCluster,
  type UpgradedHost,
  upgradedCluster,
} from "../../support/upgrade/three-control-planes.ts";
import { toVersion } from "../../support/upgrade/upgrade-lab.ts";
import { isEtcdBackup } from "../../support/upgrade/upgrade-record.ts";

let reference: UpgradedCluster;
beforeAll(async () => {
  reference = await upgraded({ init: "upstream", apply: "upstream", node: "upstream" });
});

async function upgraded(by: Programs): Promise<UpgradedCluster> {
  const title = `a cluster made by ${by.init}, apply by ${by.apply}, node by ${by.node}`;
  process.stderr.write(`${title}\n`);
  const cluster = await upgradedCluster(by);
  process.stderr.write(`${title}, upgrade in seconds: ${timesOf(cluster)}\n`);
  return cluster;
}

function timesOf({ hosts }: UpgradedCluster): string {
  return allHosts.map((name) => `${name} ${timeOf(hosts[name], reference?.hosts[name])}`).join(", ");
}

/** With the ratio to upstream's time. */
function timeOf({ elapsedMs }: UpgradedHost, upstream: UpgradedHost | undefined): string {
  const ratio = upstream === undefined ? "" : ` (${(elapsedMs / upstream.elapsedMs).toFixed(2)})`;
  return `${(elapsedMs / 1000).toFixed(1)}${ratio}`;
}

interface Scenario extends Programs {
  readonly title: string;
}

const scenarios: readonly Scenario[] = [
  { title: "by this program", init: "upstream", apply: "ours", node: "ours" },
  { title: "by this program first, then by upstream's", init: "upstream", apply: "ours", node: "upstream" },
  { title: "by upstream's program first, then by this one", init: "upstream", apply: "upstream", node: "ours" },
  { title: "by the program that made it", init: "ours", apply: "ours", node: "ours" },
];

describe.each(scenarios)("Three control planes and two workers, upgraded $title,", (scenario) => {
  let cluster: UpgradedCluster;
  beforeAll(async () => {
    cluster = await upgraded(scenario);
  });

  test("are Nodes that are Ready and of the new version", () => {
    expect(cluster.nodes).toEqual(allHosts.map((name) => `${name}: v${toVersion}, Ready`));
  });

  test("have three members of etcd, all of them voters", () => {
    const found = cluster.members.map(({ name, isLearner }) => ({ name, isLearner }));
    expect(found).toEqual(controlPlanes.map((name) => ({ name, isLearner: false })));
  });

  // The new version's init gives also a cluster of the old version its own etcd, which is not upgraded then.
  const isCompared = (text: string) => scenario.init === "upstream" || !text.includes("/etc/kubernetes/tmp/");
  const perHost = allHosts.map((name) => [name] as const);

  test.each(perHost)("have the same files with the same modes and owners: %s", (name) => {
    const tree = ({ hosts }: UpgradedCluster) =>
      hosts[name].host.tree.filter((line) => !isEtcdBackup(line) && isCompared(line));
    expect(tree(cluster)).toEqual(tree(reference));
  });

  test.each(perHost)("have the same manifests, kubeconfigs and files for the kubelet: %s", (name) => {
    const files = ({ hosts }: UpgradedCluster) =>
      Object.fromEntries(Object.entries(hosts[name].host.files).filter(([path]) => isCompared(path)));
    expect(files(cluster)).toEqual(files(reference));
  });

  test.each(perHost)("have certificates of the same subjects, names, uses and lengths: %s", (name) => {
    expect(cluster.hosts[name].host.certificates).toEqual(reference.hosts[name].host.certificates);
  });

  test.each(perHost)("have renewed the same certificates: %s", (name) => {
    const { renewals } = cluster.hosts[name];
    expect(renewals).toEqual(reference.hosts[name].renewals);
    expect([...renewals.values()].includes("changed")).toBe(isControlPlane(name));
  });

  test("have the same objects in their cluster", () => {
    expect(cluster.hosts.w2.objects).toEqual(reference.hosts.w2.objects);
  });

  test("leave upstream's program nothing to plan", () => {
    expect(cluster.plan).toBe(reference.plan);
    expect(cluster.plan).not.toContain("kubeadm upgrade apply v");
  });

  test("leave upstream's program nothing to say of certificates", () => {
    expect(cluster.expirations).toEqual(reference.expirations);
    for (const text of cluster.expirations) expect(text).not.toContain("<invalid>");
  });

  const isAllOurs = scenario.apply === "ours" && scenario.node === "ours" && underTest === "ours";
  test.runIf(isAllOurs)("answer all the time, but for connections that are made once more", () => {
    expect(cluster.traffic.requests).toBeGreaterThan(1_000);
    expect(cluster.traffic.failures).toEqual([]);
  });
});

function isControlPlane(name: HostName): boolean {
  return controlPlanes.some((controlPlane) => controlPlane === name);
}
