// Command lines and configuration files of `upgrade`, in a cluster that is as it should be.
import type { DifferCase, GivenEntry, WorldSettings } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { document, initDocuments } from "./configuration-text.ts";
import { controlPlaneFiles, oldCluster, upgradeFields, upgradeLines } from "./upgrade-world.ts";

const timeouts = ["-1s", "0s", "-1h"].flatMap((value) =>
  upgradeLines.map((line): [string, Readonly<Record<string, GivenEntry>>] => [
    line,
    { "u.yaml": document("UpgradeConfiguration", { ...upgradeFields, "timeouts.kubernetesAPICall": value }) },
  ]),
);

const contexts = ["0", "1", "5"].map((value): [string, Readonly<Record<string, GivenEntry>>] => [
  "upgrade diff --config u.yaml",
  { "u.yaml": document("UpgradeConfiguration", { ...upgradeFields, "diff.contextLines": value }) },
]);

const empty = upgradeLines.map((line): [string, Readonly<Record<string, GivenEntry>>] => [
  `${line.replace(" --config u.yaml", "")} --kubeconfig ''`,
  {},
]);

/** Commands in addition to `upgrade` that take the same flag. */
const emptyElsewhere = [
  "token list",
  "certs check-expiration",
  "reset -f --dry-run",
  "init phase addon coredns --config init.yaml",
].map((line): [string, Readonly<Record<string, GivenEntry>>] => [
  `${line} --kubeconfig ''`,
  { "init.yaml": initDocuments() },
]);

const oldKinds = ["UpgradeConfiguration", "ResetConfiguration"].flatMap((kind) =>
  [
    ...["config validate --config old.yaml", "config migrate --old-config old.yaml"],
    ...(kind === "UpgradeConfiguration" ? upgradeLines.map((line) => line.replace("u.yaml", "old.yaml")) : []),
    ...(kind === "ResetConfiguration" ? ["reset --config old.yaml"] : []),
  ].map((line): [string, Readonly<Record<string, GivenEntry>>] => [
    line,
    { "old.yaml": document(kind, { "timeouts.kubernetesAPICall": "1s" }, "kubeadm.k8s.io/v1beta3") },
  ]),
);

const coreDnsVersions = ["1.1.3", "1.6.7", "v1.8.0", "v1.9.3", "v1.11.1"].map(
  (coreDns): WorldSettings =>
    oldCluster({
      coreDns,
      corefile: ".:53 {\n    errors\n    kubernetes cluster.local\n    forward . /etc/resolv.conf\n}\n",
    }),
);

const base: Pick<DifferCase, "tree" | "timeoutMs"> = { tree: "control-plane", timeoutMs: 30_000 };

export function upgradeCases(): readonly DifferCase[] {
  const named = (group: string, lines: readonly (readonly [string, Readonly<Record<string, GivenEntry>>])[]) =>
    lines.map(
      ([line, files], index): DifferCase => ({
        ...base,
        name: `upgrade/${group}/${index}: ${line}`,
        args: words(line),
        files: { ...controlPlaneFiles, ...files },
        world: oldCluster(),
      }),
    );
  return [
    ...named("timeouts", timeouts),
    ...named("context", contexts),
    ...named("no kubeconfig", [...empty, ...emptyElsewhere]),
    ...named("v1beta3", oldKinds),
    ...coreDnsVersions.map(
      (world, index): DifferCase => ({
        ...base,
        name: `upgrade/CoreDNS/${index}`,
        args: words("upgrade plan --config u.yaml"),
        files: controlPlaneFiles,
        world,
      }),
    ),
    {
      ...base,
      name: "upgrade/without an API server",
      args: words("upgrade plan v1.37.2"),
      files: { ...controlPlaneFiles, "/etc/kubernetes/admin.conf": nobodyListens },
      world: { containerRuntime: {} },
    },
  ];
}

const nobodyListens = `apiVersion: v1
kind: Config
clusters: [{name: k, cluster: {server: "https://127.0.0.1:1", certificate-authority: /etc/kubernetes/pki/ca.crt}}]
contexts: [{name: c, context: {cluster: k, user: u}}]
users: [{name: u, user: {token: x}}]
current-context: c
`;
