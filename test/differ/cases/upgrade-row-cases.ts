// What rows of docs/differences.md say of `upgrade`, each together with neighbors that they do not mention.
import type { DifferCase, GivenEntry, WorldSettings } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { document } from "./configuration-text.ts";
import { controlPlaneFiles, oldCluster, upgradeFields } from "./upgrade-world.ts";

type Files = Readonly<Record<string, GivenEntry>>;

const upgradeFile = (fields: Readonly<Record<string, string>>): Files => ({
  "u.yaml": document("UpgradeConfiguration", fields),
});

/** `upgrade diff`: how many lines stand around a change. */
const contexts: readonly (readonly [line: string, files: Files])[] = [
  ["upgrade diff v1.37.2", {}],
  ["upgrade diff v1.37.2 --context-lines 3", {}],
  ["upgrade diff v1.37.2 -c 0", {}],
  ["upgrade diff v1.37.2 -c -1", {}],
  ["upgrade diff v1.37.2 --config u.yaml", upgradeFile({ "apply.etcdUpgrade": "true" })],
  ["upgrade diff v1.37.2 --config u.yaml", upgradeFile({ "diff.kubernetesVersion": "v1.37.1" })],
  ["upgrade diff --config u.yaml", upgradeFile({ "diff.kubernetesVersion": "v1.37.2", "diff.contextLines": "null" })],
];

const skipped: readonly (readonly [line: string, files: Files])[] = [
  "upgrade node --skip-phases bogus",
  "upgrade node --skip-phases control-plane,bogus",
  "upgrade node --skip-phases preflight --kubeconfig /none --skip-phases bogus",
  "upgrade apply v1.37.2 --yes --skip-phases bogus",
  "upgrade apply v1.37.2 --yes --skip-phases bogus --kubeconfig /none",
]
  .map((line): readonly [string, Files] => [line, {}])
  .concat(
    ["upgrade node --config u.yaml", "upgrade apply v1.37.2 --yes --config u.yaml"].map((line) => [
      line,
      upgradeFile({ "node.skipPhases": "[bogus]", "apply.skipPhases": "[bogus]" }),
    ]),
  );

const labels: readonly (readonly [line: string, files: Files])[] = [
  ...["stable", "stable-1", "stable-1.36", "stable-1.37", "latest", "latest-1.38", "ci/latest"].map(
    (label): readonly [string, Files] => [`upgrade plan ${label}`, {}],
  ),
  ["upgrade plan --config u.yaml", upgradeFile({ "plan.kubernetesVersion": "stable-1.36" })],
  ["upgrade plan stable-1.36 --allow-release-candidate-upgrades --allow-experimental-upgrades", {}],
  ["upgrade plan stable-1.36 -o json", {}],
];

const unreachable = `apiVersion: v1
kind: Config
clusters: [{name: k, cluster: {server: "https://127.0.0.1:1", certificate-authority: /etc/kubernetes/pki/ca.crt}}]
contexts: [{name: c, context: {cluster: k, user: u}}]
users: [{name: u, user: {token: x}}]
current-context: c
`;

const instance = "containerRuntimeEndpoint: unix:///run/other.sock\n";

interface DryRun {
  readonly tree: "control-plane" | "worker";
  readonly files?: Files;
  readonly world?: WorldSettings;
}

const dryRuns: Readonly<Record<string, DryRun>> = {
  "a worker": { tree: "worker" },
  "a worker with an instance configuration": {
    tree: "worker",
    files: { "/var/lib/kubelet/instance-config.yaml": instance },
  },
  "a worker without a kubeconfig": { tree: "worker", files: { "/etc/kubernetes/kubelet.conf": { link: "/none" } } },
  "a control plane without a kubeconfig": {
    tree: "control-plane",
    files: { "/etc/kubernetes/admin.conf": { link: "/none" } },
  },
  "a worker whose cluster does not respond": { tree: "worker", files: { "/etc/kubernetes/kubelet.conf": unreachable } },
};

const base: Pick<DifferCase, "tree" | "timeoutMs" | "world"> = {
  tree: "control-plane",
  timeoutMs: 60_000,
  world: oldCluster(),
};

export function upgradeRowCases(): readonly DifferCase[] {
  const named = (group: string, lines: readonly (readonly [string, Files])[]) =>
    lines.map(
      ([line, files], index): DifferCase => ({
        ...base,
        name: `upgrade row/${group}/${index}: ${line}`,
        args: words(line),
        files: { ...controlPlaneFiles, ...files },
      }),
    );
  return [
    ...named("context", contexts),
    ...named("phase names", skipped),
    ...named("labels", labels),
    ...Object.entries(dryRuns).map(
      ([name, { tree, files = {}, world = oldCluster() }]): DifferCase => ({
        name: `upgrade row/dry run/${name}`,
        args: words("upgrade node --dry-run --config u.yaml"),
        tree,
        files: { ...withoutKubeconfigs(files), ...upgradeFile(upgradeFields), ...files },
        world,
        timeoutMs: 60_000,
      }),
    ),
  ];
}

/** The cluster's kubeconfigs, but for those that a case has in their place. */
function withoutKubeconfigs(files: Files): Files {
  return Object.fromEntries(Object.entries(controlPlaneFiles).filter(([path]) => !(path in files)));
}
