// Upgrades of a cluster whose etcd runs on another machine and whose CA has its key elsewhere.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClusterMachine, EmbeddedCluster } from "../../src/embedded/index.ts";
import { kubeadm, type Outcome } from "../support/control-plane/kubeadm.ts";
import { eventually, limitMs, succeeded, writeInside } from "../support/control-plane/stage.ts";
import { clusterVersions, manifestTags } from "./cluster-versions.ts";
import {
  newerTags,
  newerVersion,
  type OlderCluster,
  olderTags,
  olderVersion,
  startOlderCluster,
} from "./older-cluster.ts";
import { applyArguments, renewedSince, serialNumbers } from "./upgrade-stage.ts";

const pki = "/etc/kubernetes/pki";
let older: OlderCluster;
let cp1: ClusterMachine;

beforeAll(async () => {
  older = await startOlderCluster({ prepare: runExternalEtcd });
  cp1 = older.cp1;
  rmSync(cp1.root.inside(`${pki}/ca.key`));
}, limitMs);
afterAll(() => older?.[Symbol.asyncDispose]());

/** Runs etcd as the static Pod of a machine without an API server, and returns what the ClusterConfiguration says of it. */
async function runExternalEtcd(cluster: EmbeddedCluster, controlPlane: ClusterMachine): Promise<object> {
  const etcd1 = await cluster.machine("etcd1");
  const configuration = {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "ClusterConfiguration",
    kubernetesVersion: olderVersion,
    etcd: { local: { imageTag: olderTags.etcd } },
  };
  const path = "/etc/kubeadm/etcd.yaml";
  writeInside(etcd1, path, JSON.stringify(configuration));
  const certificates = ["ca", "etcd-ca", "etcd-server", "etcd-peer", "apiserver-etcd-client"].map(
    (name) => `certs ${name}`,
  );
  for (const phase of [...certificates, "kubeconfig kubelet", "etcd local", "kubelet-start"]) {
    succeeded(await kubeadm(etcd1, ["init", "phase", ...phase.split(" "), "--config", path]), etcd1);
  }
  await eventually("the external etcd", () => cluster.etcdMembers().length > 0 || undefined);
  const [caFile, certFile, keyFile] = ["etcd/ca.crt", "apiserver-etcd-client.crt", "apiserver-etcd-client.key"].map(
    (name) => `${pki}/${name}`,
  ) as [string, string, string];
  for (const file of [caFile, certFile, keyFile]) writeInside(controlPlane, file, etcd1.read(file));
  return { etcd: { external: { endpoints: [`https://${etcd1.address}:2379`], caFile, certFile, keyFile } } };
}

describe("upgrade apply with an external etcd and an external CA", { timeout: limitMs }, () => {
  let outcome: Outcome;
  let before: Readonly<Record<string, string>>;

  test("brings the control plane and the addons to the new version", async () => {
    before = serialNumbers(cp1);
    outcome = await kubeadm(cp1, applyArguments(cp1));
    succeeded(outcome, cp1);
    const { etcd: _etcd, ...tags } = manifestTags(cp1);
    expect(new Set(Object.values(tags))).toEqual(new Set([newerVersion]));
    expect(clusterVersions(older.cluster)).toEqual({
      configuration: newerVersion,
      coreDns: newerTags.coreDns,
      kubeProxy: newerVersion,
    });
  });

  test("leaves etcd alone: no manifest, no snapshot, the same member of the same version", () => {
    expect(existsSync(cp1.root.inside("/etc/kubernetes/manifests/etcd.yaml"))).toBe(false);
    expect(readdirSync(cp1.root.inside("/etc/kubernetes/tmp")).filter((name) => name.includes("etcd"))).toEqual([]);
    expect(outcome.stdout).not.toContain("[upgrade/etcd]");
    expect(older.cluster.etcdMembers()).toMatchObject([{ name: "etcd1", version: "3.6.8", isRunning: true }]);
  });

  test("renews what it has the key for, and names what it cannot renew", () => {
    expect(renewedSince(before, cp1)).toEqual(["pki/front-proxy-client.crt"]);
    const external = [...outcome.stdout.matchAll(/External CA detected, (\S+) certificate can't be renewed/g)];
    expect(external.map(([, name]) => name).sort()).toEqual([
      "admin.conf",
      "apiserver",
      "apiserver-kubelet-client",
      "controller-manager.conf",
      "scheduler.conf",
      "super-admin.conf",
    ]);
  });

  test("starts a controller manager that signs no certificates, as upstream does", () => {
    const command = cp1.read("/etc/kubernetes/manifests/kube-controller-manager.yaml").split("\n");
    const signing = command.flatMap((line) => /--cluster-signing-.*/.exec(line)?.[0] ?? []);
    expect(signing).toEqual(["--cluster-signing-cert-file=", "--cluster-signing-key-file="]);
  });
});
