// Upgrades that are refused: nothing changes, and the message says what to do. The last one shows what is no reason.
import { existsSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { resources } from "../../src/embedded/control-plane/index.ts";
import type { ClusterMachine } from "../../src/embedded/index.ts";
import { kubeadm } from "../support/control-plane/kubeadm.ts";
import { limitMs, storageOf, succeeded, writeInside } from "../support/control-plane/stage.ts";
import { expiredKubeconfig } from "../support/upgrade/expired-kubeconfig.ts";
import { clusterVersions, manifestTags } from "./cluster-versions.ts";
import { newerImages, newerVersion, type OlderCluster, olderVersion, startOlderCluster } from "./older-cluster.ts";
import { applyArguments, serialNumbers } from "./upgrade-stage.ts";

let older: OlderCluster;
let cp1: ClusterMachine;

beforeAll(async () => {
  older = await startOlderCluster();
  cp1 = older.cp1;
}, limitMs);
afterAll(() => older?.[Symbol.asyncDispose]());

/** What undoes a fault. */
const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0)) each();
});

const adminConf = "/etc/kubernetes/admin.conf";

interface AddedNode {
  readonly labels?: Readonly<Record<string, string>>;
  readonly status: object;
}

/** Adds the Node of a machine that is away. */
function addNode(name: string, { labels = {}, status }: AddedNode): void {
  const storage = storageOf(older.cluster);
  storage.create(resources.nodes, { apiVersion: "v1", kind: "Node", metadata: { name, labels }, spec: {}, status });
  undo.push(() => void storage.delete(resources.nodes, { name }));
}

function replaceFile(path: string, content: string): void {
  const previous = cp1.read(path);
  writeInside(cp1, path, content);
  undo.push(() => writeInside(cp1, path, previous));
}

async function expire(path: string): Promise<void> {
  const [certificatePem, keyPem] = [cp1.read("/etc/kubernetes/pki/ca.crt"), cp1.read("/etc/kubernetes/pki/ca.key")];
  replaceFile(path, await expiredKubeconfig(cp1.read(path), { certificatePem, keyPem }));
}

interface Refusal {
  readonly break?: () => void | Promise<void>;
  readonly version?: string;
  readonly says: readonly RegExp[];
}

const refusals: readonly (readonly [string, string, Refusal])[] = [
  [
    "two minor versions up",
    "UPGRADE_VERSION_REFUSED",
    { version: "v1.38.0", says: [/is too high/, /^remedy: Upgrade the cluster from v1\.36\.3 to 1\.37 first/m] },
  ],
  [
    "a patch release that is newer than the program",
    "UPGRADE_VERSION_REFUSED",
    { version: "v1.37.9", says: [/pass the --force flag$/m, /^remedy: .* install kubeadm v1\.37\.9/m] },
  ],
  [
    "a minor version below the program's",
    "UPGRADE_VERSION_REFUSED",
    { version: "v1.36.1", says: [/^remedy: Run the command with a kubeadm of 1\.36/m] },
  ],
  [
    "a minor version that the program does not deploy",
    "CLUSTER_VERSION_UNSUPPORTED",
    { version: "v1.35.9", says: [/^remedy: Choose a release of 1\.36 or newer\.$/m] },
  ],
  [
    "a worker whose kubelet is too old",
    "UPGRADE_VERSION_REFUSED",
    {
      break: () => addNode("w9", { status: { nodeInfo: { kubeletVersion: "v1.33.4" } } }),
      says: [/too old that have these versions \[v1\.33\.4\]$/m, /^remedy: .* first on w9 \(v1\.33\.4\)/m],
    },
  ],
  [
    "a control plane that is NotReady",
    "PREFLIGHT_FAILED",
    {
      break: () => {
        const conditions = [{ type: "Ready", status: "False", message: "cni plugin not initialized" }];
        addNode("cp9", { labels: { "node-role.kubernetes.io/control-plane": "" }, status: { conditions } });
      },
      says: [/\[ERROR ControlPlaneNodesReady\]: there are NotReady .*: \[cp9\]\. cp9: cni plugin not initialized$/m],
    },
  ],
  [
    "an admin.conf that has expired next to a super-admin.conf",
    "KUBECONFIG_INVALID",
    {
      break: () => expire(adminConf),
      says: [
        /the client certificate of \/etc\/kubernetes\/admin\.conf expired on \d{4}-/,
        /^remedy: .*`kubeadm certs renew admin\.conf`.* --kubeconfig \/etc\/kubernetes\/super-admin\.conf/m,
      ],
    },
  ],
];

describe("upgrade apply refuses, and changes nothing,", { timeout: limitMs }, () => {
  test.each(refusals)("%s (%s)", async (_, code, { break: breaks, version, says }) => {
    await breaks?.();
    const state = () => ({
      ...{ tags: manifestTags(cp1), serials: serialNumbers(cp1), cluster: clusterVersions(older.cluster) },
      left: ["/var/lib/kubeadm", "/etc/kubernetes/tmp"].filter((path) => existsSync(cp1.root.inside(path))),
    });
    const before = state();
    const args = applyArguments(cp1).map((each) => (each === newerVersion ? (version ?? each) : each));
    const { status, stdout, stderr } = await kubeadm(cp1, args);
    expect({ status, code: /^code: (.*)$/m.exec(stderr)?.[1] }, stdout + stderr).toEqual({ status: 1, code });
    for (const each of says) expect(stderr).toMatch(each);
    expect(state()).toEqual(before);
    expect(before.cluster.configuration).toBe(olderVersion);
  });
});

test("upgrade apply upgrades a cluster without CoreDNS, which stays without it", { timeout: limitMs }, async () => {
  const coreDns = { namespace: "kube-system", name: "coredns" };
  storageOf(older.cluster).delete(resources.deployments, coreDns);
  const outcome = await kubeadm(cp1, applyArguments(cp1));
  succeeded(outcome, cp1);
  expect(manifestTags(cp1)).toEqual(newerImages);
  expect(outcome.stdout).toContain(
    "[upgrade/addon] Skipping the addon/coredns phase. The Deployment kube-system/coredns was removed: `kubeadm init phase addon coredns` creates it.\n",
  );
  expect(storageOf(older.cluster).get(resources.deployments, coreDns)).toBeUndefined();
});
