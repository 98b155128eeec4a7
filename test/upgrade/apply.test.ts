// `kubeadm upgrade apply` on the only control plane of a cluster of 1.36.3.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resources } from "../../src/embedded/control-plane/index.ts";
import { entriesBelow } from "../../src/embedded/entries-below.ts";
import type { ClusterMachine } from "../../src/embedded/index.ts";
import { kubeadm, type Outcome } from "../support/control-plane/kubeadm.ts";
import { eventually, limitMs, storageOf, succeeded } from "../support/control-plane/stage.ts";
import { comparableLines, linesLikeUpstreams } from "../support/upgrade/comparable-lines.ts";
import { clusterVersions, manifestTags, mirrorTags } from "./cluster-versions.ts";
import { newerImages, newerTags, newerVersion, type OlderCluster, startOlderCluster } from "./older-cluster.ts";
import { applyArguments, renewedCertificates, renewedSince, serialNumbers } from "./upgrade-stage.ts";

let older: OlderCluster;
let cp1: ClusterMachine;

beforeAll(async () => {
  older = await startOlderCluster();
  cp1 = older.cp1;
}, limitMs);
afterAll(() => older?.[Symbol.asyncDispose]());

/** Path → content of every file that an upgrade may change. The kubelet and etcd write their own ones. */
function filesOf(machine: ClusterMachine): Readonly<Record<string, string>> {
  const paths = ["/etc/kubernetes", "/var/lib/kubelet/config.yaml", "/var/lib/kubelet/kubeadm-flags.env"].flatMap(
    (path) =>
      statSync(machine.root.inside(path)).isDirectory()
        ? entriesBelow(machine.root.inside(path))
        : [machine.root.inside(path)],
  );
  const files = paths.filter((path) => statSync(path).isFile() && !path.includes("/etc/kubernetes/tmp/"));
  return Object.fromEntries(files.map((path) => [path.replace(machine.root.path, ""), readFileSync(path, "utf8")]));
}

/** `resource name version` of every object that neither a kubelet nor a controller writes at times of its own. */
function objectVersions(): readonly string[] {
  const own = new Set(["leases", "events", "nodes", "pods", "jobs", "certificatesigningrequests"]);
  return Object.values(resources)
    .filter(({ resource }) => !own.has(resource))
    .flatMap((type) =>
      storageOf(older.cluster)
        .list(type)
        .map(({ metadata }) => `${type.resource} ${metadata.name} ${metadata.resourceVersion}`),
    );
}

describe("upgrade apply on a single control plane", { timeout: limitMs }, () => {
  let before: Readonly<Record<string, string>>;
  let outcome: Outcome;

  test("changes nothing in a dry run", async () => {
    const state = { files: filesOf(cp1), objects: objectVersions() };
    const dry = await kubeadm(cp1, [...applyArguments(cp1), "--dry-run"]);
    succeeded(dry, cp1);
    expect(dry.stdout).toContain("[upgrade/successful] Finished dryrunning successfully!\n");
    expect(filesOf(cp1)).toEqual(state.files);
    expect(objectVersions()).toEqual(state.objects);
  });

  test("brings every component, addon and object to the new version", async () => {
    before = serialNumbers(cp1);
    storageOf(older.cluster).create(resources.configMaps, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "default", name: "made-before" },
    });
    outcome = await kubeadm(cp1, applyArguments(cp1));
    succeeded(outcome, cp1);
    expect(manifestTags(cp1)).toEqual(newerImages);
    await eventually(
      "the mirror Pods",
      () => mirrorTags(older.cluster, cp1)["kube-scheduler"] === newerVersion || undefined,
    );
    expect(mirrorTags(older.cluster, cp1)).toEqual(newerImages);
    expect(clusterVersions(older.cluster)).toEqual({
      configuration: newerVersion,
      coreDns: newerTags.coreDns,
      kubeProxy: newerVersion,
    });
    expect(older.cluster.etcdMembers()).toMatchObject([{ name: "cp1", version: "3.7.0" }]);
    const key = { namespace: "default", name: "made-before" };
    expect(storageOf(older.cluster).get(resources.configMaps, key)).toBeDefined();
  });

  test("prints upstream's lines, but for those of waits and of etcd", () => {
    const golden = readFileSync(new URL("../golden/upgrade/apply.txt", import.meta.url), "utf8");
    const upstream = golden.replaceAll("5m0s", "40s").split("\n");
    expect(linesLikeUpstreams(comparableLines(outcome.stdout))).toEqual(linesLikeUpstreams(upstream));
    expect(outcome.stdout.split("\n").slice(-5)).toEqual(upstream.slice(-5));
  });

  test("renews the certificates of the components and administrators, and no other", () => {
    expect(renewedSince(before, cp1)).toEqual(renewedCertificates);
  });

  test("keeps the old manifests and etcd's data in backup directories, and no journal", () => {
    const kept = readdirSync(cp1.root.inside("/etc/kubernetes/tmp"));
    expect(kept.filter((name) => /^kubeadm-backup-manifests-\d/.test(name))).toHaveLength(1);
    expect(kept.filter((name) => /^kubeadm-backup-etcd-\d/.test(name))).toHaveLength(1);
    for (const name of kept) {
      expect(statSync(cp1.root.inside(`/etc/kubernetes/tmp/${name}`)).mode & 0o777, name).toBe(0o700);
    }
    expect(kept.filter((name) => name.startsWith("kubeadm-upgraded-manifests"))).toEqual([]);
    expect(() => statSync(cp1.root.inside("/var/lib/kubeadm"))).toThrow("ENOENT");
  });

  test("restarts nothing when it runs again", async () => {
    const serials = serialNumbers(cp1);
    const starts = () => cp1.runtime.calls.filter((call) => call === "StartContainer").length;
    const started = starts();
    const again = await kubeadm(cp1, applyArguments(cp1));
    succeeded(again, cp1);
    expect(starts()).toBe(started);
    expect(renewedSince(serials, cp1)).toEqual(["admin.conf", "super-admin.conf"]);
    for (const component of ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]) {
      expect(again.stdout).toContain(
        `[upgrade/staticpods] Current and new manifests of ${component} are equal, skipping upgrade\n`,
      );
    }
  });
});
