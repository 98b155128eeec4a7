// `kubeadm upgrade node` on the second of two control planes and on a worker, after `upgrade apply` on the first one.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClusterMachine, ComponentBehavior } from "../../src/embedded/index.ts";
import { kubeadm, type Outcome } from "../support/control-plane/kubeadm.ts";
import { limitMs, succeeded } from "../support/control-plane/stage.ts";
import { interrupted } from "../support/interruption/interrupted-machine.ts";
import { stopsBefore } from "../support/interruption/stops-before.ts";
import { comparableLines } from "../support/upgrade/comparable-lines.ts";
import { clusterVersions, manifestTags } from "./cluster-versions.ts";
import {
  newerImages,
  newerTags,
  newerVersion,
  type OlderCluster,
  olderTags,
  olderVersion,
  startOlderCluster,
} from "./older-cluster.ts";
import { applyArguments, nodeArguments, renewedCertificates, renewedSince, serialNumbers } from "./upgrade-stage.ts";

/** Of cp2. */
const behaviors: Record<string, ComponentBehavior> = {};
let older: OlderCluster;
let cp1: ClusterMachine;
let cp2: ClusterMachine;
let worker: ClusterMachine;
let applied: Outcome;
/** The serial numbers of cp2 before its upgrade. */
let original: Readonly<Record<string, string>>;

const machineOf = (machine: ClusterMachine | undefined): ClusterMachine => {
  if (machine === undefined) throw new Error("a machine is missing");
  return machine;
};

beforeAll(async () => {
  older = await startOlderCluster({ controlPlanes: [{}, { components: behaviors }], workers: [{}] });
  [cp1, cp2] = [machineOf(older.controlPlanes[0]), machineOf(older.controlPlanes[1])];
  worker = machineOf(older.workers[0]);
  applied = await kubeadm(cp1, applyArguments(cp1));
}, 2 * limitMs);
afterAll(() => older?.[Symbol.asyncDispose]());

describe("upgrade apply on the first of two control planes", { timeout: limitMs }, () => {
  test("upgrades this one, and leaves the addons to the last one", () => {
    succeeded(applied, cp1);
    expect(manifestTags(cp1)["kube-apiserver"]).toBe(newerVersion);
    expect(manifestTags(cp2)["kube-apiserver"]).toBe(olderVersion);
    expect(clusterVersions(older.cluster)).toEqual({
      configuration: newerVersion,
      coreDns: olderTags.coreDns,
      kubeProxy: olderVersion,
    });
    expect(applied.stdout).toContain(
      "[upgrade/addon] Skipping upgrade of addons because control plane instances [cp2] have not been upgraded\n",
    );
  });

  test("leaves an etcd cluster of both versions", () => {
    expect(older.cluster.etcdMembers()).toMatchObject([
      { name: "cp1", version: "3.7.0" },
      { name: "cp2", version: "3.6.8" },
    ]);
  });
});

describe("upgrade node", { timeout: limitMs }, () => {
  test("writes a worker's kubelet configuration, in upstream's words", async () => {
    const outcome = await kubeadm(worker, nodeArguments(worker));
    succeeded(outcome, worker);
    const golden = readFileSync(new URL("../golden/upgrade/node-worker.txt", import.meta.url), "utf8");
    expect(comparableLines(outcome.stdout).join("\n")).toBe(golden);
  });

  test("puts the older etcd back if the newer one does not work, and never its data: the quorum is kept", async () => {
    const image = `etcd:${newerTags.etcd}`;
    behaviors[image] = { health: "refuse" };
    const outcome = await kubeadm(cp2, nodeArguments(cp2, { upgradeManifests: "6s" }));
    delete behaviors[image];
    expect(outcome.status, outcome.stdout).toBe(1);
    expect(outcome.stderr).toMatch(/^code: UPGRADE_ETCD_FAILED$/m);
    expect(manifestTags(cp2).etcd).toBe(olderTags.etcd);
    expect(older.cluster.etcdMembers()).toMatchObject([
      { name: "cp1", version: "3.7.0", isRunning: true, isLearner: false },
      { name: "cp2", version: "3.6.8", isRunning: true, isLearner: false },
    ]);
    expect(cp2.log("etcd")).not.toContain("Was the raft log corrupted");
  });

  test("never takes a control plane in the middle of its upgrade for a worker", async () => {
    original = serialNumbers(cp2);
    await stopsBefore("write /etc/kubernetes/manifests/kube-apiserver.yaml", cp2, nodeArguments(cp2));
    expect(manifestTags(cp2)["kube-apiserver"]).toBe(olderVersion);
  });

  test("upgrades the second control plane, and the addons with it", async () => {
    const before = serialNumbers(cp2);
    const outcome = await kubeadm(interrupted(cp2), nodeArguments(cp2));
    succeeded(outcome, cp2);
    expect(outcome.stdout).not.toContain("Not a control plane node");
    expect(manifestTags(cp2)).toEqual(newerImages);
    expect(clusterVersions(older.cluster)).toEqual({
      configuration: newerVersion,
      coreDns: newerTags.coreDns,
      kubeProxy: newerVersion,
    });
    // Each certificate is renewed once: the interrupted attempt has renewed those of etcd and of the API server.
    expect(renewedSince(before, cp2)).toEqual(["admin.conf", "controller-manager.conf", "scheduler.conf"]);
    const expected = renewedCertificates.filter((name) => name !== "super-admin.conf");
    expect(renewedSince(original, cp2)).toEqual(expected);
  });
});
