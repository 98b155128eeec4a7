// Components whose new version does not work: the old ones are back and healthy, and the same command continues later.
import { rmSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { resources } from "../../src/embedded/control-plane/index.ts";
import { entriesBelow } from "../../src/embedded/entries-below.ts";
import type { ClusterMachine, ComponentBehavior } from "../../src/embedded/index.ts";
import { kubeadm } from "../support/control-plane/kubeadm.ts";
import { eventually, limitMs, storageOf, succeeded, writeInside } from "../support/control-plane/stage.ts";
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

const spoiled = machineFaults();
const { behaviors, pullFailures } = spoiled;
let older: OlderCluster;
let cp1: ClusterMachine;

beforeAll(async () => {
  older = await startOlderCluster({ controlPlanes: [spoiled.machine] });
  cp1 = older.cp1;
}, limitMs);
afterAll(() => older?.[Symbol.asyncDispose]());
afterEach(() => spoiled.clear());

const { etcd: _etcd, ...olderComponents } = olderImages;

const answers = (url: string) => answerOf(cp1, url);

const endpoints = [
  "https://192.0.2.11:6443/livez",
  "https://127.0.0.1:10257/healthz",
  "https://127.0.0.1:10259/livez",
  "http://127.0.0.1:2381/readyz",
];

const marker = { namespace: "default", name: "made-before" };

/** How a controller manager ends that cannot listen. */
const portTaken =
  '"command failed" err="failed to create listener: failed to listen on 127.0.0.1:10257: listen tcp 127.0.0.1:10257: bind: address already in use"';
const etcd = `etcd:${newerTags.etcd}`;
const etcdBack = "etcd works again with the manifest, certificates and data from before the upgrade.";
const componentsBack =
  "kube-controller-manager, kube-scheduler and kube-apiserver are running again as before the upgrade, and are healthy.";
const etcdListens =
  "etcd must listen at https://192.0.2.11:2379 and reach the other members: NEW/etcd.yaml shows its settings; change them with extraArgs in the ClusterConfiguration or with patches.";
const readLogs =
  "List the containers with `crictl ps -a` and read their logs with `crictl logs ID`. `journalctl -xeu kubelet` shows how the kubelet handles the Pod.";

const etcdRefused =
  'etcd did not become available at https://192.0.2.11:2379 within 6s: connection error: desc = "transport: Error while dialing: dial tcp 192.0.2.11:2379: connect: connection refused"';
const refused = (component: string, url: string) =>
  `${component} check failed at ${url}: Get "${url}": dial tcp ${new URL(url).host}: connect: connection refused`;

interface Fault {
  readonly image: string;
  readonly behavior: ComponentBehavior;
  /** How the error ends. */
  readonly says: string;
  /** How it ends if the last look before the deadline was at another moment of the same fault. */
  readonly orSays?: string;
  /** How its container ended, with the last line of its log; or else what the log shows. None if there is no log. */
  readonly cause?: string;
  /**
   * The remedy begins with what was restored, and continues with what to do. NEW: the directory of the new manifests.
   */
  readonly back: string;
  readonly advice: string;
}

const faults: readonly (readonly [string, Fault])[] = [
  [
    "an etcd that refuses a flag",
    {
      image: etcd,
      behavior: { refusedFlags: ["snapshot-count"] },
      says: "static Pod hash for component etcd on Node cp1 did not change",
      orSays: etcdRefused,
      cause: `etcd exited with status 1: Error: unknown flag: --snapshot-count`,
      back: etcdBack,
      advice:
        "Fix the settings of etcd: extraArgs in the ClusterConfiguration, or a patch; NEW/etcd.yaml shows all of them.",
    },
  ],
  [
    "an etcd that never listens",
    {
      image: etcd,
      behavior: { health: "refuse" },
      says: etcdRefused,
      back: etcdBack,
      advice: etcdListens,
    },
  ],
  [
    "an etcd that converts its data and has no leader then",
    {
      image: etcd,
      behavior: { health: "fail" },
      says: "etcd did not become available at https://192.0.2.11:2379 within 6s: context deadline exceeded",
      orSays:
        "etcd did not become available at https://192.0.2.11:2379 within 6s: the etcd member reports: etcdserver: no leader",
      back: etcdBack,
      advice: etcdListens,
    },
  ],
  [
    "an API server that refuses a flag",
    {
      image: `kube-apiserver:${newerVersion}`,
      behavior: { refusedFlags: ["secure-port"] },
      says: "static Pod hash for component kube-apiserver on Node cp1 did not change",
      orSays: refused("kube-apiserver", "https://192.0.2.11:6443/readyz"),
      cause: `kube-apiserver exited with status 1: Error: unknown flag: --secure-port`,
      back: "kube-apiserver is running again as before the upgrade, and is healthy.",
      advice:
        "Fix the settings of kube-apiserver: extraArgs in the ClusterConfiguration, or a patch; NEW/kube-apiserver.yaml shows all of them.",
    },
  ],
  [
    "an API server that is never healthy",
    {
      image: `kube-apiserver:${newerVersion}`,
      behavior: { health: "fail" },
      says: "kube-apiserver check failed at https://192.0.2.11:6443/readyz with status: 500 (failing: poststarthook/rbac/bootstrap-roles)",
      cause: "kube-apiserver runs, and writes: Serving securely on [::]:6443",
      back: "kube-apiserver is running again as before the upgrade, and is healthy.",
      advice: readLogs,
    },
  ],
  [
    "a controller manager that finds its port taken",
    {
      image: `kube-controller-manager:${newerVersion}`,
      behavior: { exitMessage: portTaken },
      says: "static Pod hash for component kube-controller-manager on Node cp1 did not change",
      orSays: refused("kube-controller-manager", "https://127.0.0.1:10257/healthz"),
      cause: `kube-controller-manager exited with status 1: ${portTaken}`,
      back: componentsBack,
      advice:
        "`ss -ltnp 'sport = :10257'` shows which program uses the port 10257: stop that program, or give kube-controller-manager another port.",
    },
  ],
  [
    "a scheduler that never listens",
    {
      image: `kube-scheduler:${newerVersion}`,
      behavior: { health: "refuse" },
      says: refused("kube-scheduler", "https://127.0.0.1:10259/livez"),
      back: componentsBack,
      advice: readLogs,
    },
  ],
];

/** Empties the logs: a kubelet counts on from those that a Pod of the same manifest has left, the embedded one does not. */
function emptyLogs(): void {
  const logs = entriesBelow(cp1.root.inside("/var/log/pods")).filter((path) => path.endsWith(".log"));
  for (const path of logs) writeFileSync(path, "");
}

/** The lines of an error that begin with the word. */
const linesOf = (word: string, stderr: string) =>
  stderr.split("\n").flatMap((line) => (line.startsWith(`${word}: `) ? [line.slice(word.length + 2)] : []));

/** What an operator reads: what failed and why, what was restored, and what comes next. */
function saysWhatHappened(stderr: string, { image, says, orSays = says, cause, back, advice }: Fault): void {
  const isEtcd = image === etcd;
  const [error = "", ...noOther] = linesOf("error", stderr);
  expect(noOther).toEqual([]);
  expect(error).toContain(
    isEtcd
      ? "fatal error when trying to upgrade the etcd cluster, rolled the state back to pre-upgrade state: "
      : "couldn't upgrade control plane. kubeadm has tried to recover everything into the earlier state. Errors faced: ",
  );
  const withoutCount = (line: string) => line.replace(/ and was restarted (?:once|\d+ times)(?=: )/, "");
  const causes = linesOf("cause", stderr).map(withoutCount);
  // A container that is seen to exit a second time for a cause that stays ends the wait: then the error is the cause.
  if (cause === undefined || !withoutCount(error).endsWith(`: ${cause}`)) {
    expect(error.endsWith(`: ${says}`) || error.endsWith(`: ${orSays}`), error).toBe(true);
    expect(causes).toEqual(cause === undefined ? [] : [cause]);
  } else expect(causes).toEqual([]);
  const [remedy = ""] = linesOf("remedy", stderr);
  const shown = remedy.replaceAll(/\S+\/kubeadm-upgraded-manifests\d+\//g, "NEW/");
  const whole = `${back} ${advice} Then run the same command again.`;
  if (isEtcd)
    expect(shown.startsWith(`${whole} The snapshot in /etc/kubernetes/tmp/kubeadm-backup-etcd-`), remedy).toBe(true);
  else expect(shown).toBe(whole);
  expect(linesOf("code", stderr)).toEqual([isEtcd ? "UPGRADE_ETCD_FAILED" : "UPGRADE_COMPONENT_FAILED"]);
}

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

  test.each(faults)("with %s puts the older version back, and says so", async (_name, fault) => {
    const { image, behavior } = fault;
    behaviors[image] = behavior;
    emptyLogs();
    const before = serialNumbers(cp1);
    const outcome = await kubeadm(cp1, applyArguments(cp1, { upgradeManifests: "6s" }));
    expect(outcome.status, outcome.stdout + outcome.stderr).toBe(1);
    saysWhatHappened(outcome.stderr, fault);
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

  // Preflight pulls the images of the configuration: that of a patch is the kubelet's business.
  test.each(["kube-apiserver", "kube-scheduler"] as const)(
    "with a patch that names an image that %s cannot have puts the older version back, and names the image",
    async (component) => {
      const patches = "/etc/kubeadm/patches";
      const image = `registry.example/${component}:v0.0.0-absent`;
      const patch = { spec: { containers: [{ name: component, image }] } };
      writeInside(cp1, `${patches}/${component}.json`, JSON.stringify(patch));
      pullFailures[image] = `failed to resolve image: ${image}: not found`;
      const before = serialNumbers(cp1);
      try {
        const outcome = await kubeadm(cp1, applyArguments(cp1, { upgradeManifests: "6s", patches }));
        expect(outcome.status, outcome.stdout + outcome.stderr).toBe(1);
        expect(outcome.stderr).toContain(`the image ${image} is not on this machine`);
        expect(outcome.stderr).toContain(`static Pod hash for component ${component} on Node cp1 did not change`);
        expect(outcome.stderr).toMatch(/^code: UPGRADE_COMPONENT_FAILED$/m);
        expect(outcome.stderr).toContain(`crictl pull ${image}`);
      } finally {
        rmSync(cp1.root.inside(patches), { recursive: true });
      }
      for (const url of endpoints) expect(await answers(url), url).toBe(200);
      const { etcd: _etcd, ...others } = manifestTags(cp1);
      expect(others).toEqual(olderComponents);
      expect(renewedSince(before, cp1).filter((name) => !name.startsWith("pki/etcd/"))).toEqual([]);
    },
  );

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
