// The cluster that the tests of upgrades begin with, and how its machines replace a static Pod.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { resources } from "../../src/embedded/control-plane/index.ts";
import type { ClusterMachine } from "../../src/embedded/index.ts";
import { criSocketPath } from "../../src/embedded/index.ts";
import { eventually, limitMs, storageOf } from "../support/control-plane/stage.ts";
import { clusterVersions, manifestTags, mirrorHash, mirrorTags } from "./cluster-versions.ts";
import { answerOf, machineFaults } from "./faulty-machine.ts";
import {
  newerTags,
  newerVersion,
  type OlderCluster,
  olderImages,
  olderTags,
  olderVersion,
  startOlderCluster,
} from "./older-cluster.ts";

const faults = machineFaults();
const { behaviors, pullFailures } = faults;
let older: OlderCluster;
let cp1: ClusterMachine;

beforeAll(async () => {
  older = await startOlderCluster({
    controlPlanes: [{ ...faults.machine, kubelet: { podRestartDelayMs: 300 } }],
    workers: [{}],
  });
  cp1 = older.cp1;
}, limitMs);
afterAll(() => older?.[Symbol.asyncDispose]());

const manifestOf = (component: string) => cp1.root.inside(`/etc/kubernetes/manifests/${component}.yaml`);

/** Replaces a manifest as an upgrade does; the result puts the old one back. */
function replaced(component: string, change: (text: string) => string): () => void {
  const path = manifestOf(component);
  const before = readFileSync(path, "utf8");
  const write = (text: string) => {
    writeFileSync(`${path.replace(/[^/]+$/, ".")}${component}.new`, text, { mode: 0o600 });
    renameSync(`${path.replace(/[^/]+$/, ".")}${component}.new`, path);
  };
  write(change(before));
  return () => write(before);
}

const newer = (component: string) => (text: string) =>
  text.replace(/(image: \S+):\S+/, `$1:${component === "etcd" ? newerTags.etcd : newerVersion}`);

const logOf = (component: string) => cp1.log(component);

const health = (url: string) => answerOf(cp1, url);

interface Sandbox {
  readonly id: string;
  readonly ready: boolean;
}

async function sandboxesOf(component: string): Promise<readonly Sandbox[]> {
  const client = cp1.ports.connectContainerRuntime(`unix://${criSocketPath}`);
  try {
    const all = await client.podSandboxes({ signal: AbortSignal.timeout(5_000), timeoutMs: 2_000 });
    return all.filter(({ name }) => name === `${component}-cp1`);
  } finally {
    client.close();
  }
}

describe("the older cluster", { timeout: limitMs }, () => {
  test("has the versions that kubeadm 1.36.3 deploys", async () => {
    expect(manifestTags(cp1)).toEqual(olderImages);
    await eventually("its mirror Pods", () => (mirrorTags(older.cluster, cp1).etcd === "" ? undefined : true));
    expect(mirrorTags(older.cluster, cp1)).toEqual(olderImages);
    expect(clusterVersions(older.cluster)).toEqual({
      configuration: olderVersion,
      coreDns: olderTags.coreDns,
      kubeProxy: olderVersion,
    });
    const nodes = storageOf(older.cluster).list(resources.nodes);
    const kubelets = nodes.map(({ status }) => (status as { nodeInfo: { kubeletVersion: string } }).nodeInfo);
    expect(kubelets.map(({ kubeletVersion }) => kubeletVersion)).toEqual([olderVersion, olderVersion]);
    const { stdout } = await cp1.ports.host.commands.run(["kubelet", "--version"], {
      signal: AbortSignal.timeout(5_000),
      timeoutMs: 5_000,
    });
    expect(stdout).toBe(`Kubernetes ${olderVersion}\n`);
  });

  test("says which version its API server and its etcd have", async () => {
    expect(await health("http://127.0.0.1:2381/readyz")).toBe(200);
    const map = storageOf(older.cluster).get(resources.configMaps, {
      namespace: "kube-system",
      name: "kubeadm-config",
    });
    expect(JSON.stringify(map)).not.toContain("imageTag");
    expect(older.cluster.etcdMembers()).toMatchObject([{ name: "cp1", version: "3.6.8" }]);
  });
});

describe("a static Pod on a machine", { timeout: limitMs }, () => {
  const undo: (() => void)[] = [];
  afterEach(async () => {
    for (const each of undo.splice(0)) each();
    faults.clear();
    await eventually("the older control plane", async () => {
      const tags = cp1.apiServer === undefined ? undefined : mirrorTags(older.cluster, cp1);
      return isDeepStrictEqual(tags, olderImages) || undefined;
    });
  });

  test("is replaced when its manifest changes: the old container ends, a new sandbox with a new hash follows", async () => {
    const before = {
      hash: mirrorHash(older.cluster, cp1, "kube-scheduler"),
      sandboxes: await sandboxesOf("kube-scheduler"),
    };
    undo.push(replaced("kube-scheduler", newer("kube-scheduler")));
    await eventually(
      "no healthy scheduler",
      async () => (await health("https://127.0.0.1:10259/livez")) === 0 || undefined,
    );
    await eventually(
      "a healthy scheduler",
      async () => (await health("https://127.0.0.1:10259/livez")) === 200 || undefined,
    );
    await eventually(
      "its mirror",
      () => mirrorTags(older.cluster, cp1)["kube-scheduler"] === newerVersion || undefined,
    );
    expect(mirrorHash(older.cluster, cp1, "kube-scheduler")).toMatch(/^[0-9a-f]{32}$/);
    expect(mirrorHash(older.cluster, cp1, "kube-scheduler")).not.toBe(before.hash);
    const after = await sandboxesOf("kube-scheduler");
    expect(after).toHaveLength(1);
    expect(after[0]?.id).not.toBe(before.sandboxes[0]?.id);
  });

  test("stays when its manifest changes in what is a default, a comment or the order of keys", async () => {
    const [before] = await sandboxesOf("kube-scheduler");
    undo.push(
      replaced(
        "kube-scheduler",
        (text) =>
          `# edited\n${text.replace("  hostNetwork: true\n", "  dnsPolicy: ClusterFirst\n  hostNetwork: true\n")}`,
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await sandboxesOf("kube-scheduler")).toEqual([before]);
  });

  test("of which there are two manifests runs once, as the one that ran before", async () => {
    const [before] = await sandboxesOf("kube-scheduler");
    const copy = manifestOf("a-copy");
    writeFileSync(copy, newer("kube-scheduler")(readFileSync(manifestOf("kube-scheduler"), "utf8")));
    undo.push(() => rmSync(copy));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await sandboxesOf("kube-scheduler")).toEqual([before]);
  });

  test.each([
    ["refuses a flag", { refusedFlags: ["leader-elect"] }, "Error: unknown flag: --leader-elect"],
    [
      "finds its port taken",
      { exitMessage: "failed to listen on 127.0.0.1:10259: listen tcp 127.0.0.1:10259: bind: address already in use" },
      "bind: address already in use",
    ],
  ] as const)("of a newer version that %s exits repeatedly", async (_name, behavior, line) => {
    behaviors[`kube-scheduler:${newerVersion}`] = behavior;
    undo.push(replaced("kube-scheduler", newer("kube-scheduler")));
    await eventually("two exits", () => logOf("kube-scheduler").split(line).length > 2 || undefined);
    expect(await health("https://127.0.0.1:10259/livez")).toBe(0);
  });

  test.each([
    ["never healthy", "fail", 500],
    ["without a listener", "refuse", 0],
  ] as const)("of a newer version can run and be %s", async (_name, kind, status) => {
    behaviors[`kube-controller-manager:${newerVersion}`] = { health: kind };
    undo.push(replaced("kube-controller-manager", newer("kube-controller-manager")));
    await eventually(
      "the mirror of the newer one",
      () => mirrorTags(older.cluster, cp1)["kube-controller-manager"] === newerVersion || undefined,
    );
    await eventually(
      "its answer",
      async () => (await health("https://127.0.0.1:10257/healthz")) === status || undefined,
    );
  });

  test("without its image does not start, and the kubelet says why", async () => {
    const image = "registry.k8s.io/kube-scheduler:v1.37.3";
    pullFailures[image] = "not found";
    undo.push(replaced("kube-scheduler", (text) => text.replace(/image: \S+/, `image: ${image}`)));
    const pulls = () => cp1.kubelet?.output().match(/Error syncing pod.*ErrImagePull.*kube-scheduler-cp1/g) ?? [];
    await eventually("two failed pulls", () => pulls().length >= 2 || undefined);
    expect(mirrorTags(older.cluster, cp1)["kube-scheduler"]).toBe("");
  });
});
