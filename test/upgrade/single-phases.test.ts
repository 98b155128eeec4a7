// An upgrade phase by phase, and parts of one: what each phase does alone, and what it leaves to the others.
import { existsSync, readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resources } from "../../src/embedded/control-plane/index.ts";
import type { ClusterMachine } from "../../src/embedded/index.ts";
import { kubeadm, type Outcome } from "../support/control-plane/kubeadm.ts";
import { eventually, limitMs, storageOf, succeeded, writeInside } from "../support/control-plane/stage.ts";
import { clusterVersions, manifestTags, mirrorTags } from "./cluster-versions.ts";
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
import { renewedCertificates, renewedSince, serialNumbers } from "./upgrade-stage.ts";

const kubeletConfiguration = "/var/lib/kubelet/config.yaml";
const environment = "/var/lib/kubelet/kubeadm-flags.env";

describe("each phase of an upgrade alone", { timeout: limitMs }, () => {
  let older: OlderCluster;
  let cp1: ClusterMachine;
  let cp2: ClusterMachine;

  beforeAll(async () => {
    older = await startOlderCluster({ controlPlanes: [{}, {}] });
    const [first, second] = older.controlPlanes;
    if (first === undefined || second === undefined) throw new Error("two control planes were asked for");
    [cp1, cp2] = [first, second];
  }, 2 * limitMs);
  afterAll(() => older?.[Symbol.asyncDispose]());

  const ofApply = async (phase: string): Promise<Outcome> => {
    const outcome = await kubeadm(cp1, ["upgrade", "apply", "phase", ...phase.split(" "), newerVersion]);
    succeeded(outcome, cp1);
    return outcome;
  };
  const ofNode = async (phase: string): Promise<Outcome> => {
    const outcome = await kubeadm(cp2, ["upgrade", "node", "phase", ...phase.split(" ")]);
    succeeded(outcome, cp2);
    return outcome;
  };
  /** The kubelet's configuration that the cluster stores. */
  const stored = () => {
    const map = storageOf(older.cluster).get(resources.configMaps, {
      namespace: "kube-system",
      name: "kubelet-config",
    });
    return (map?.["data"] as { readonly kubelet?: string } | undefined)?.kubelet ?? "";
  };
  const olderObjects = { configuration: olderVersion, coreDns: olderTags.coreDns, kubeProxy: olderVersion };

  test("apply phase control-plane upgrades the static Pods, with their certificates, and nothing else", async () => {
    const before = serialNumbers(cp1);
    const kubelet = cp1.read(kubeletConfiguration);
    const { stdout } = await ofApply("control-plane");
    expect(stdout).toContain("The control plane instance for this node was successfully upgraded!\n");
    expect(manifestTags(cp1)).toEqual(newerImages);
    await eventually(
      "the mirror Pods",
      () => JSON.stringify(mirrorTags(older.cluster, cp1)) === JSON.stringify(newerImages) || undefined,
    );
    expect(renewedSince(before, cp1)).toEqual(renewedCertificates);
    expect(cp1.read(kubeletConfiguration)).toBe(kubelet);
    expect(clusterVersions(older.cluster)).toEqual(olderObjects);
  });

  test("apply phase upload-config kubelet stores the kubelet's configuration, and leaves kubeadm-config", async () => {
    const { stdout } = await ofApply("upload-config kubelet");
    expect(stdout).toContain('Creating a ConfigMap "kubelet-config" in namespace kube-system');
    expect(stored()).toContain("kind: KubeletConfiguration");
    expect(clusterVersions(older.cluster)).toEqual(olderObjects);
  });

  test("apply phase upload-config kubeadm stores the new version", async () => {
    const { stdout } = await ofApply("upload-config kubeadm");
    expect(stdout).not.toContain("kubelet-config");
    expect(clusterVersions(older.cluster)).toEqual({ ...olderObjects, configuration: newerVersion });
  });

  test("apply phase kubelet-config writes what the cluster stores, and keeps the previous file", async () => {
    storageOf(older.cluster).update(
      resources.configMaps,
      { namespace: "kube-system", name: "kubelet-config" },
      {},
      (map) => ({ ...map, data: { kubelet: `${stored()}maxPods: 77\n` } }),
    );
    const previous = cp1.read(kubeletConfiguration);
    const { stdout } = await ofApply("kubelet-config");
    expect(cp1.read(kubeletConfiguration)).toContain("\nmaxPods: 77\n");
    const backup = /Backing up kubelet config file to (\S+)/.exec(stdout)?.[1] ?? "";
    expect(cp1.read(backup)).toBe(previous);
  });

  test("apply phase addon leaves the addons to the last control plane", async () => {
    for (const addon of ["coredns", "kube-proxy"]) {
      const { stdout } = await ofApply(`addon ${addon}`);
      expect(stdout).toContain(
        "[upgrade/addon] Skipping upgrade of addons because control plane instances [cp2] have not been upgraded\n",
      );
    }
    expect(clusterVersions(older.cluster)).toEqual({ ...olderObjects, configuration: newerVersion });
  });

  test("node phase preflight checks the machine, and changes no file", async () => {
    const before = { tags: manifestTags(cp2), serials: serialNumbers(cp2) };
    const { stdout } = await ofNode("preflight");
    expect(stdout).toContain("[upgrade/preflight] Running pre-flight checks\n");
    expect(stdout).toContain("[upgrade/preflight] Pulling images required for setting up a Kubernetes cluster\n");
    expect({ tags: manifestTags(cp2), serials: serialNumbers(cp2) }).toEqual(before);
  });

  test("node phase control-plane upgrades the static Pods to the version that the cluster stores", async () => {
    const before = serialNumbers(cp2);
    await ofNode("control-plane");
    expect(manifestTags(cp2)).toEqual(newerImages);
    expect(renewedSince(before, cp2)).toEqual(renewedCertificates.filter((name) => name !== "super-admin.conf"));
    expect(older.cluster.etcdMembers()).toMatchObject([{ version: "3.7.0" }, { version: "3.7.0" }]);
    expect(clusterVersions(older.cluster)).toEqual({ ...olderObjects, configuration: newerVersion });
  });

  test("node phase kubelet-config writes what the cluster stores", async () => {
    expect(cp2.read(kubeletConfiguration)).not.toContain("maxPods: 77");
    await ofNode("kubelet-config");
    expect(cp2.read(kubeletConfiguration)).toContain("\nmaxPods: 77\n");
  });

  test.each([
    ["apply", () => cp1, () => ofApply("post-upgrade")],
    ["node", () => cp2, () => ofNode("post-upgrade")],
  ] as const)("%s phase post-upgrade removes a flag that the new kubelet refuses", async (_, machine, run) => {
    const kept = 'KUBELET_KUBEADM_ARGS="--node-ip=192.0.2.1"\n';
    writeInside(machine(), environment, kept.replace("--node-ip", "--pod-infra-container-image=pause:3.10 --node-ip"));
    await run();
    expect(machine().read(environment)).toBe(kept);
  });

  test("apply phase addon coredns upgrades CoreDNS, and leaves kube-proxy", async () => {
    await eventually(
      "the mirror Pods",
      () => JSON.stringify(mirrorTags(older.cluster, cp2)) === JSON.stringify(newerImages) || undefined,
    );
    await ofApply("addon coredns");
    expect(clusterVersions(older.cluster)).toEqual({
      configuration: newerVersion,
      coreDns: newerTags.coreDns,
      kubeProxy: olderVersion,
    });
  });

  test("apply phase addon kube-proxy upgrades kube-proxy", async () => {
    await ofApply("addon kube-proxy");
    expect(clusterVersions(older.cluster)).toEqual({
      configuration: newerVersion,
      coreDns: newerTags.coreDns,
      kubeProxy: newerVersion,
    });
  });

  test("no phase leaves a journal", () => {
    for (const machine of [cp1, cp2]) expect(existsSync(machine.root.inside("/var/lib/kubeadm"))).toBe(false);
  });
});

describe("upgrade apply on a single control plane", { timeout: limitMs }, () => {
  let older: OlderCluster;
  let cp1: ClusterMachine;

  beforeAll(async () => {
    older = await startOlderCluster();
    cp1 = older.cp1;
  }, limitMs);
  afterAll(() => older?.[Symbol.asyncDispose]());

  test("without etcd and certificates upgrades the other components, and renews nothing", async () => {
    const before = serialNumbers(cp1);
    const flags = ["--certificate-renewal=false", "--etcd-upgrade=false"];
    const outcome = await kubeadm(cp1, ["upgrade", "apply", newerVersion, "--yes", ...flags]);
    succeeded(outcome, cp1);
    expect(manifestTags(cp1)).toEqual({ ...newerImages, etcd: olderImages.etcd });
    expect(older.cluster.etcdMembers()).toMatchObject([{ name: "cp1", version: "3.6.8" }]);
    expect(renewedSince(before, cp1)).toEqual([]);
    expect(outcome.stdout).not.toContain("[upgrade/etcd]");
    const kept = readdirSync(cp1.root.inside("/etc/kubernetes/tmp"));
    expect(kept.filter((name) => name.startsWith("kubeadm-backup-etcd-"))).toEqual([]);
  });

  test("applies the patches of its components", async () => {
    const patch = JSON.stringify([{ op: "add", path: "/spec/containers/0/command/-", value: "--v=3" }]);
    writeInside(cp1, "/root/patches/kube-scheduler0+json.json", patch);
    const outcome = await kubeadm(cp1, ["upgrade", "apply", newerVersion, "--yes", "--patches", "/root/patches"]);
    succeeded(outcome, cp1);
    expect(outcome.stdout).toContain(
      '[patches] Applied patch of type "application/json-patch+json" to target "kube-scheduler"\n',
    );
    expect(cp1.read("/etc/kubernetes/manifests/kube-scheduler.yaml")).toContain("\n    - --v=3\n");
    expect(outcome.stdout).toContain('[upgrade/staticpods] Component "kube-scheduler" upgraded successfully!\n');
    expect(outcome.stdout).toContain(
      "[upgrade/staticpods] Current and new manifests of kube-controller-manager are equal, skipping upgrade\n",
    );
    expect(manifestTags(cp1)).toEqual(newerImages);
  });
});
