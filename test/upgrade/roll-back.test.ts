// Components whose new version does not work: the old ones are back and healthy, and the same command goes on later.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { resources } from "../../src/embedded/control-plane/index.ts";
import type { ClusterMachine, ComponentBehavior } from "../../src/embedded/index.ts";
import { kubeadm } from "../support/control-plane/kubeadm.ts";
import { eventually, limitMs, storageOf, succeeded } from "../support/control-plane/stage.ts";
import { clusterVersions, components, manifestTags, mirrorTags } from "./cluster-versions.ts";
import { answerOf, machineFaults } from "./faulty-machine.ts";
import {
  newerImages,
  newerTags,
  newerVersion,
  type OlderCluster,
  olderImages,
  olderTags,
  olderVersion,
  startOlderCluster,
} from "./older-cluster.ts";
import { applyArguments, renewedSince, serialNumbers } from "./upgrade-stage.ts";

const faults = machineFaults();
const { behaviors, pullFailures } = faults;
let older: OlderCluster;
let cp1: ClusterMachine;

beforeAll(async () => {
  older = await startOlderCluster({ controlPlanes: [faults.machine] });
  cp1 = older.cp1;
}, limitMs);
afterAll(() => older?.[Symbol.asyncDispose]());
afterEach(() => faults.clear());

const { etcd: _etcd, ...olderComponents } = olderImages;

const answers = (url: string) => answerOf(cp1, url);

const endpoints = [
  "https://192.0.2.11:6443/livez",
  "https://127.0.0.1:10257/healthz",
  "https://127.0.0.1:10259/livez",
  "http://127.0.0.1:2381/readyz",
];

const marker = { namespace: "default", name: "made-before" };

const etcd = `etcd:${newerTags.etcd}`;
const failures: readonly (readonly [string, string, ComponentBehavior, RegExp])[] = [
  ["an etcd that refuses a flag", etcd, { refusedFlags: ["snapshot-count"] }, /unknown flag: --snapshot-count/],
  ["an etcd that never listens", etcd, { health: "refuse" }, /etcd/],
  ["an etcd that converts its data and has no leader then", etcd, { health: "fail" }, /etcd/],
  [
    "an API server that refuses a flag",
    `kube-apiserver:${newerVersion}`,
    { refusedFlags: ["secure-port"] },
    /unknown flag: --secure-port/,
  ],
  ["an API server that is never healthy", `kube-apiserver:${newerVersion}`, { health: "fail" }, /kube-apiserver/],
  [
    "a controller manager that finds its port taken",
    `kube-controller-manager:${newerVersion}`,
    {
      exitMessage:
        '"command failed" err="failed to create listener: failed to listen on 127.0.0.1:10257: listen tcp 127.0.0.1:10257: bind: address already in use"',
    },
    /10257/,
  ],
  ["a scheduler that never listens", `kube-scheduler:${newerVersion}`, { health: "refuse" }, /kube-scheduler/],
];

describe("upgrade apply", { timeout: 2 * limitMs }, () => {
  beforeAll(() => {
    storageOf(older.cluster).create(resources.configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata: marker });
  });

  // First: a pulled image stays.
  test("without an image ends before it changes anything", async () => {
    pullFailures[`registry.k8s.io/kube-proxy:${newerVersion}`] = "not found";
    const before = { tags: manifestTags(cp1), serials: serialNumbers(cp1) };
    const outcome = await kubeadm(cp1, applyArguments(cp1));
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain(`registry.k8s.io/kube-proxy:${newerVersion}`);
    expect({ tags: manifestTags(cp1), serials: serialNumbers(cp1) }).toEqual(before);
  });

  test("without space for the backup changes nothing, and gives no advice about containers", async () => {
    const before = { tags: manifestTags(cp1), serials: serialNumbers(cp1) };
    const { host } = cp1.ports;
    const full = { ...host, files: { ...host.files, availableBytes: async () => 0 } };
    const { status, stdout, stderr } = await kubeadm({ ports: { ...cp1.ports, host: full } }, applyArguments(cp1));
    expect(status, stdout).toBe(1);
    expect(stderr).toMatch(/^code: UPGRADE_BACKUP_FAILED$/m);
    expect(stdout + stderr).not.toMatch(/may have crashed|crictl/);
    expect({ tags: manifestTags(cp1), serials: serialNumbers(cp1) }).toEqual(before);
  });

  test.each(failures)("with %s puts the older version back", async (_name, image, behavior, said) => {
    behaviors[image] = behavior;
    const before = serialNumbers(cp1);
    const outcome = await kubeadm(cp1, applyArguments(cp1, { upgradeManifests: "6s" }));
    expect(outcome.status, outcome.stdout + outcome.stderr).toBe(1);
    expect(outcome.stderr).toMatch(said);
    expect(outcome.stderr).toMatch(/^code: UPGRADE_[A-Z_]+$/m);
    if (behavior.refusedFlags !== undefined) {
      // The manifest with the flag is not in its place any more.
      const shown = /^remedy: .* (\S+\/kubeadm-upgraded-manifests\d+\/\S+) shows all/m.exec(outcome.stderr)?.[1];
      expect(cp1.read(shown ?? "")).toContain(image);
    }
    for (const url of endpoints) expect(await answers(url), url).toBe(200);
    const { etcd: etcdTag, ...others } = manifestTags(cp1);
    expect(others).toEqual(olderComponents);
    // An etcd that works stays: only what failed, and what depends on it, goes back.
    if (image === etcd) expect(etcdTag).toBe(olderTags.etcd);
    expect(clusterVersions(older.cluster).configuration).toBe(olderVersion);
    expect(storageOf(older.cluster).get(resources.configMaps, marker)).toBeDefined();
    const kept = renewedSince(before, cp1).filter((name) => image === etcd || !name.startsWith("pki/etcd/"));
    expect(kept).toEqual([]);
    await eventually("the older mirror Pods", () => {
      const { etcd: _etcd, ...tags } = mirrorTags(older.cluster, cp1);
      return JSON.stringify(tags) === JSON.stringify(olderComponents) || undefined;
    });
  });

  test("while the kubelet is stopped ends with the manifests as they were", async () => {
    const { services } = cp1.ports.host;
    await services.stop("kubelet", AbortSignal.timeout(limitMs));
    const manifests = () => components.map((component) => cp1.read(`/etc/kubernetes/manifests/${component}.yaml`));
    const before = manifests();
    try {
      const outcome = await kubeadm(cp1, applyArguments(cp1, { upgradeManifests: "6s" }));
      expect(outcome.status).toBe(1);
      expect(outcome.stderr).toContain("kubelet");
      expect(manifests()).toEqual(before);
    } finally {
      await services.start("kubelet", AbortSignal.timeout(limitMs));
    }
    await eventually("a healthy API server", async () => (await answers(endpoints[0] ?? "")) === 200 || undefined);
  });

  test("succeeds with the same command once nothing fails any more", async () => {
    const outcome = await kubeadm(cp1, applyArguments(cp1));
    succeeded(outcome, cp1);
    expect(manifestTags(cp1)).toEqual(newerImages);
    expect(clusterVersions(older.cluster).configuration).toBe(newerVersion);
    for (const url of endpoints) expect(await answers(url), url).toBe(200);
    expect(storageOf(older.cluster).get(resources.configMaps, marker)).toBeDefined();
  });
});
