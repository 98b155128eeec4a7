// Versions that are not valid, or almost, in every place where a version is given.
import type { DifferCase, GivenEntry, WorldSettings } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { document, initDocuments } from "./configuration-text.ts";
import { configMap, controlPlaneFiles, oldCluster, upgradeFields, upgradeLines } from "./upgrade-world.ts";

const versions: readonly string[] = [
  "bogus",
  "",
  " ",
  "v",
  "1",
  "v1.37",
  "v1.37.x",
  "v1.37.",
  "v1.37.02",
  "v01.37.2",
  "v1.037.2",
  "1.37.2.3",
  "v1.37.2.x",
  "v1.37.2-",
  "v1.37.2+",
  "v1.37.2-01",
  "v1.37.2-rc.01",
  "v1.37.2-a..b",
  "v1.37.2_x",
  "v1.37.2x",
  "v1.37.2-x+y+z",
  "v1.37.2-x_y",
  "v1.37.2 ",
  " v1.37.2",
  "V1.37.2",
  "vv1.37.2",
  "v-1.37.2",
  "v1.37.2/x",
  "v1.37.2-é",
  "v1,37,2",
  '"v1.37.2"',
  "v1.99999999999999999999.0",
  "v1.37.99999999999999999999",
  "v18446744073709551616.37.2",
  "v2.0.0",
  "v0.37.2",
  "ci/bogus",
  "ci/v1.37",
  "ci/v1.37.2-",
  "release/v1.37",
  "release/v1.37.2",
  "cis/v1.37.2",
  "other/v1.37.2",
  "stable-",
  "stable-1.",
  "stable-1.037",
  "stable-0",
  "Stable",
  "stablelatest",
  "latest-2",
];

/** One of each form, where a case takes seconds. */
const forms: readonly string[] = [
  "bogus",
  "",
  "v1.37",
  "1.37.2.3",
  "v1.37.02",
  "v1.37.2-01",
  "v1.37.2_x",
  "v1.37.2 ",
  "V1.37.2",
  "v1.37.99999999999999999999",
  "v2.0.0",
  "ci/v1.37",
  "other/v1.37.2",
  "stable-1.037",
];

interface Place {
  readonly args: readonly string[];
  readonly files?: Readonly<Record<string, GivenEntry>>;
  readonly world?: WorldSettings;
  readonly tree?: string;
}

const quoted = (text: string) => JSON.stringify(text);
const cluster = (version: string) => ({ "c.yaml": initDocuments({ kubernetesVersion: quoted(version) }) });

function stored(kubernetesVersion: string): WorldSettings {
  const fields = { kubernetesVersion: quoted(kubernetesVersion), "networking.serviceSubnet": "10.96.0.0/12" };
  const text = document("ClusterConfiguration", fields);
  return oldCluster({ objects: [configMap("kubeadm-config", { ClusterConfiguration: text })] });
}

const onControlPlane = (line: string, more: Partial<Place> = {}): Place => ({
  args: words(line),
  tree: "control-plane",
  world: oldCluster(),
  ...more,
  files: { ...controlPlaneFiles, ...more.files },
});

const upgradeFile = (fields: Readonly<Record<string, string>>) => ({
  "u.yaml": document("UpgradeConfiguration", { ...upgradeFields, ...fields }),
});

/** Where a version is given, by what it is called. */
const quickPlaces: Readonly<Record<string, (version: string) => Place>> = {
  "config images list --kubernetes-version": (version) => ({
    args: ["config", "images", "list", "--kubernetes-version", version],
  }),
  "config images list --config": (version) => ({
    args: words("config images list --config c.yaml"),
    files: cluster(version),
  }),
  "config validate": (version) => ({ args: words("config validate --config c.yaml"), files: cluster(version) }),
  "config migrate": (version) => ({ args: words("config migrate --old-config c.yaml"), files: cluster(version) }),
  "init --kubernetes-version": (version) => ({
    args: ["init", "--kubernetes-version", version, "--skip-phases", "bogus"],
  }),
  "init phase certs ca --kubernetes-version": (version) => ({
    args: ["init", "phase", "certs", "ca", "--kubernetes-version", version],
    tree: "pki",
  }),
  "init phase control-plane scheduler --config": (version) => ({
    args: words("init phase control-plane scheduler --config c.yaml"),
    files: cluster(version),
  }),
  "kubelet --version": (version) => ({
    args: words("init phase preflight --config c.yaml --ignore-preflight-errors all"),
    files: { "c.yaml": initDocuments(), "/run/stage/kubelet-version": `Kubernetes ${version}\n` },
  }),
};

/** The same for commands that read a cluster. */
const slowPlaces: Readonly<Record<string, (version: string) => Place>> = {
  "upgrade apply VERSION": (version) =>
    onControlPlane("upgrade apply", {
      args: ["upgrade", "apply", version, ...words("--yes --ignore-preflight-errors all --config u.yaml")],
    }),
  "upgrade apply --config": (version) =>
    onControlPlane("upgrade apply --yes --ignore-preflight-errors all --config u.yaml", {
      files: upgradeFile({ "apply.kubernetesVersion": quoted(version) }),
    }),
  "upgrade plan VERSION": (version) =>
    onControlPlane("upgrade plan", { args: ["upgrade", "plan", version, "--config", "u.yaml"] }),
  "upgrade plan --config": (version) =>
    onControlPlane("upgrade plan --config u.yaml", {
      files: upgradeFile({ "plan.kubernetesVersion": quoted(version) }),
    }),
  "upgrade diff VERSION": (version) =>
    onControlPlane("upgrade diff", { args: ["upgrade", "diff", version, "--config", "u.yaml"] }),
  "the kubelet of a Node": (version) =>
    onControlPlane("upgrade plan --config u.yaml", { world: oldCluster({ objects: [nodeOf(version)] }) }),
  "the image of a control plane": (version) =>
    onControlPlane("upgrade plan --config u.yaml", { world: oldCluster({ objects: [podOf(version)] }) }),
  ...Object.fromEntries(
    upgradeLines.map((line): [string, (version: string) => Place] => [
      `the stored configuration of ${line}`,
      (version) => onControlPlane(line, { world: stored(version) }),
    ]),
  ),
};

const nodeOf = (kubeletVersion: string) => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "node-2", labels: {} },
  // As for node-1: nothing would run a Job here.
  spec: { unschedulable: true },
  status: { nodeInfo: { kubeletVersion }, conditions: [{ type: "Ready", status: "True" }] },
});

const podOf = (version: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "kube-scheduler-node-1",
    namespace: "kube-system",
    labels: { component: "kube-scheduler", tier: "control-plane" },
  },
  spec: {
    nodeName: "node-1",
    containers: [{ name: "kube-scheduler", image: `registry.k8s.io/kube-scheduler:${version}` }],
  },
});

export function versionCases(): readonly DifferCase[] {
  const cases = (places: typeof quickPlaces, some: readonly string[]) =>
    Object.entries(places).flatMap(([place, inputs]) =>
      some.map(
        (version): DifferCase => ({
          name: `version/${place}/${quoted(version)}`,
          timeoutMs: 30_000,
          ...inputs(version),
        }),
      ),
    );
  return [...cases(quickPlaces, versions), ...cases(slowPlaces, forms)];
}
