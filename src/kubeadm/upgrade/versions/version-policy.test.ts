import { describe, expect, it } from "vitest";
import { brokenRules, requireAllowedVersion, requireDeployableVersion, type VersionChoice } from "./version-policy.ts";

/** The kubelets of w1, w2 and so on. */
function on(...versions: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const nodes = versions.map((version, index) => ({ version, name: `w${index + 1}` }));
  const namesOf = (wanted: string) => nodes.filter(({ version }) => version === wanted).map(({ name }) => name);
  return new Map(versions.map((version) => [version, namesOf(version)]));
}

const cluster136: VersionChoice = {
  ...{ requested: "v1.37.2", apiServer: "v1.36.3", kubeadm: "v1.37.2", kubelets: on("v1.36.3") },
  ...{ allowsExperimental: false, allowsReleaseCandidates: false },
};
const unknown = (reason: string) => ({ unknown: reason, remedy: "t" });

const tooHigh = (version: string) =>
  `Specified version to upgrade to "${version}" is too high; kubeadm can upgrade only 1 minor version at a time`;
const tooLow = (version: string) =>
  `Specified version to downgrade to "${version}" is too low; kubeadm can downgrade only 1 minor version at a time`;
const belowMinimum = (version: string, cluster: string) =>
  `Specified version to upgrade to "${version}" is equal to or lower than the minimum supported version "${cluster}". Please specify a higher version to upgrade to`;
const nextMinor = (version: string, minor: number) =>
  `Specified version to upgrade to "${version}" is at least one minor release higher than the kubeadm minor release (${minor} > 37). Such an upgrade is not supported`;
const unstable = (version: string) =>
  `Specified version to upgrade to "${version}" is an unstable version and such upgrades weren't allowed via setting the --allow-*-upgrades flags`;
const ofAnotherMinor = "Kubeadm version v1.37.2 can only be used to upgrade to Kubernetes version 1.37";
const tooOld = (...versions: readonly string[]) =>
  `There are kubelets in this cluster that are too old that have these versions [${versions.join(" ")}]`;

type Row = readonly [
  name: string,
  choice: Partial<VersionChoice>,
  errors: { readonly mandatory?: readonly string[]; readonly skippable?: readonly string[] },
];

const rows: readonly Row[] = [
  ["allows the next minor version", {}, {}],
  ["allows a newer patch release of the cluster's minor version", { apiServer: "v1.37.1" }, {}],
  ["allows an older patch release of the cluster's minor version", { requested: "v1.37.0", apiServer: "v1.37.2" }, {}],
  ["allows the version that the cluster has", { apiServer: "v1.37.2" }, {}],
  ["ignores build metadata of the API server's version", { apiServer: "v1.36.3+k3s1" }, {}],
  ["allows kubelets that are newer than the control plane", { kubelets: on("v1.38.0") }, {}],
  ["allows kubelets that are three minor versions older", { kubelets: on("v1.34.0", "v1.36.3") }, {}],
  [
    "refuses everything while the API server does not say its version",
    { apiServer: unknown("connection refused"), requested: "v1.39.0", kubelets: on("v1.30.0") },
    { mandatory: ["Unable to fetch cluster version: connection refused"] },
  ],
  [
    "refuses everything if the API server's version is not one",
    { apiServer: "main" },
    {
      mandatory: [
        'Unable to fetch cluster version: Couldn\'t parse cluster version: could not parse "main" as version',
      ],
    },
  ],
  [
    "refuses everything if its own version is not one",
    { kubeadm: "main" },
    {
      mandatory: [
        'Unable to fetch kubeadm version: Couldn\'t parse kubeadm version: could not parse "main" as version',
      ],
    },
  ],
  [
    "lets --force skip Nodes that cannot be listed, and judges the rest",
    { kubelets: unknown("couldn't list all nodes in cluster"), requested: "v1.37.3" },
    {
      skippable: [
        "Unable to fetch kubelet version: couldn't list all nodes in cluster",
        'Specified version to upgrade to "v1.37.3" is higher than the kubeadm version "v1.37.2". Upgrade kubeadm first using the tool you used to install kubeadm',
      ],
    },
  ],
  [
    "refuses two minor versions at once",
    { apiServer: "v1.35.4", kubelets: on("v1.35.4") },
    { mandatory: [tooHigh("v1.37.2")] },
  ],
  [
    "lets --force skip two minor versions at once if the version is a pre-release",
    { requested: "v1.37.0-rc.1", apiServer: "v1.35.4", allowsReleaseCandidates: true },
    { skippable: [tooHigh("v1.37.0-rc.1")] },
  ],
  [
    "refuses what is older than the minimum, with the rule of two minor versions down and that of its own",
    { requested: "v1.35.9", apiServer: "v1.37.2" },
    { mandatory: [belowMinimum("v1.35.9", "v1.37.2"), tooLow("v1.35.9")], skippable: [ofAnotherMinor] },
  ],
  [
    "lets --force skip two minor versions down if the version is a pre-release",
    { requested: "v1.36.0-beta.0", apiServer: "v1.38.0", allowsExperimental: true },
    { mandatory: [belowMinimum("v1.36.0-beta.0", "v1.38.0")], skippable: [tooLow("v1.36.0-beta.0"), ofAnotherMinor] },
  ],
  [
    "lets --force skip the minor version before its own",
    { requested: "v1.36.3", apiServer: "v1.37.2" },
    { skippable: [ofAnotherMinor] },
  ],
  [
    "lets --force skip a patch release that is newer than its own",
    { requested: "v1.37.3" },
    {
      skippable: [
        'Specified version to upgrade to "v1.37.3" is higher than the kubeadm version "v1.37.2". Upgrade kubeadm first using the tool you used to install kubeadm',
      ],
    },
  ],
  [
    "refuses a minor version that is newer than its own",
    { requested: "v1.38.0", apiServer: "v1.37.2" },
    { mandatory: [nextMinor("v1.38.0", 38)] },
  ],
  [
    "lets --force skip a pre-release of a newer minor version",
    { requested: "v1.38.0-alpha.1", apiServer: "v1.37.2", allowsExperimental: true },
    { skippable: [nextMinor("v1.38.0-alpha.1", 38)] },
  ],
  [
    "compares minor versions only, whatever the major version is",
    { requested: "v2.37.0", apiServer: "v1.36.3" },
    {
      skippable: [
        'Specified version to upgrade to "v2.37.0" is higher than the kubeadm version "v1.37.2". Upgrade kubeadm first using the tool you used to install kubeadm',
      ],
    },
  ],
  [
    "refuses what is older than its own major version",
    { requested: "v0.37.0" },
    { mandatory: [belowMinimum("v0.37.0", "v1.36.3")], skippable: [ofAnotherMinor] },
  ],
  [
    "lets --force skip a pre-release that is not allowed",
    { requested: "v1.37.0-beta.1" },
    { skippable: [unstable("v1.37.0-beta.1")] },
  ],
  [
    "does not take other pre-releases for release candidates",
    { requested: "v1.37.0-beta.1", allowsReleaseCandidates: true },
    { skippable: [unstable("v1.37.0-beta.1")] },
  ],
  ["allows release candidates", { requested: "v1.37.0-rc.0", allowsReleaseCandidates: true }, {}],
  ["allows all pre-releases", { requested: "v1.37.0-alpha.3", allowsExperimental: true }, {}],
  [
    "names all kubelets that are too old",
    { kubelets: on("v1.33.1", "v1.36.3", "v1.32.0", "v1.33.1") },
    { skippable: [tooOld("v1.32.0", "v1.33.1")] },
  ],
  [
    "names a kubelet's version that is not one",
    { kubelets: on("v1.33.1", "main") },
    { skippable: ["couldn't parse kubelet version main"] },
  ],
  [
    "reports errors in upstream's order",
    { requested: "v1.39.0-beta.0", apiServer: "v1.36.3", kubelets: on("v1.35.0") },
    {
      skippable: [
        tooHigh("v1.39.0-beta.0"),
        nextMinor("v1.39.0-beta.0", 39),
        unstable("v1.39.0-beta.0"),
        tooOld("v1.35.0"),
      ],
    },
  ],
];

describe("the version policy", () => {
  it.each(rows)("%s", (_, choice, errors) => {
    const found = [...brokenRules({ ...cluster136, ...choice })];
    const texts = (wanted: string) => found.filter(({ severity }) => severity === wanted).map(({ text }) => text);
    const { mandatory = [], skippable = [] } = errors;
    expect({ mandatory: texts("mandatory"), skippable: texts("skippable") }).toEqual({ mandatory, skippable });
  });

  it("shows only the mandatory errors if there are any, even with --force", () => {
    const choice = { ...cluster136, requested: "v1.38.0", apiServer: "v1.37.2", kubelets: on("v1.33.0") };
    expect(() => requireAllowedVersion(choice, true)).toThrow(
      expect.objectContaining({
        code: "UPGRADE_VERSION_REFUSED",
        message: `the version argument is invalid due to these fatal errors:\n\n\t- ${nextMinor("v1.38.0", 38)}\n\nPlease fix the misalignments highlighted above and try upgrading again`,
        details: { requested: "v1.38.0", clusterVersion: "v1.37.2", errors: [nextMinor("v1.38.0", 38)] },
      }),
    );
  });

  it("names --force if it would skip all errors, and returns them with it", () => {
    const choice = { ...cluster136, kubelets: on("v1.33.1") };
    expect(() => requireAllowedVersion(choice, false)).toThrow(
      `the version argument is invalid due to these errors:\n\n\t- ${tooOld("v1.33.1")}\n\nCan be bypassed if you pass the --force flag`,
    );
    expect(requireAllowedVersion(choice, true)).toEqual([tooOld("v1.33.1")]);
  });

  it("says how to reach an API server that does not say its version", () => {
    const apiServer = { unknown: "connection refused", remedy: "Check the API server." };
    expect(() => requireAllowedVersion({ ...cluster136, apiServer }, true)).toThrow(
      expect.objectContaining({ remedy: "Check the API server." }),
    );
  });
});

describe("the remedy of a version that is refused", () => {
  it.each<readonly [string, Partial<VersionChoice>, string]>([
    [
      "two minor versions up: the one between, and nothing about kubeadm",
      { requested: "v1.38.0" },
      "Upgrade the cluster from v1.36.3 to 1.37 first, with a kubeadm of 1.37.",
    ],
    [
      "the next minor version of a cluster that has this program's: its kubeadm",
      { requested: "v1.38.0", apiServer: "v1.37.2" },
      "This program is kubeadm v1.37.2: install kubeadm v1.38.0, and run the command with it.",
    ],
    [
      "a newer patch release than this program: its kubeadm",
      { requested: "v1.37.3" },
      "This program is kubeadm v1.37.2: install kubeadm v1.37.3, and run the command with it.",
    ],
    [
      "a minor version down: a kubeadm of it",
      { requested: "v1.36.3", apiServer: "v1.37.2" },
      "Run the command with a kubeadm of 1.36, or choose a version of 1.37.",
    ],
    [
      "two minor versions down: how far down is possible",
      { requested: "v1.36.0", apiServer: "v1.38.1" },
      "Choose a version that is at most 1 minor version older than the cluster's, which is v1.38.1.",
    ],
    [
      "a release candidate: the flag",
      { requested: "v1.37.0-rc.0" },
      "Choose a release, or add --allow-release-candidate-upgrades in a cluster for tests.",
    ],
    [
      "kubelets that are too old: the Nodes",
      { kubelets: on("v1.33.1", "v1.36.3", "v1.32.0", "v1.33.1") },
      "Upgrade the kubelet to 1.34 or newer first on w3 (v1.32.0), w1, w4 (v1.33.1). Only if its machine is permanently lost: delete the Node with `kubectl delete node NAME`. This loses its labels, its taints and its Pods.",
    ],
    [
      "many kubelets that are too old: some Nodes, and how many more",
      { kubelets: on(...Array.from({ length: 12 }, () => "v1.33.1")) },
      "Upgrade the kubelet to 1.34 or newer first on w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, 2 more (v1.33.1). Only if its machine is permanently lost: delete the Node with `kubectl delete node NAME`. This loses its labels, its taints and its Pods.",
    ],
    [
      "a kubelet without a version: its Node",
      { kubelets: on("v1.36.3", "") },
      "Check the Node w2 (no version): `kubectl get nodes -o wide` shows the versions.",
    ],
    ["Nodes that cannot be listed: that of the request", { kubelets: unknown("forbidden") }, "t"],
  ])("names, for %s", (_, choice, remedy) => {
    expect(() => requireAllowedVersion({ ...cluster136, ...choice }, false)).toThrow(
      expect.objectContaining({ code: "UPGRADE_VERSION_REFUSED", remedy }),
    );
  });
});

describe("the oldest version that is deployed", () => {
  it.each(["v1.36.0", "1.36.3", "v1.37.2", "v1.38.0", "main"])("admits %s", (version) => {
    requireDeployableVersion(version, () => "t");
  });

  it.each(["v1.35.9", "v1.36.0-rc.1", "v0.40.0"])("does not admit %s", (version) => {
    expect(() => requireDeployableVersion(version, (branch) => `Name ${branch}.`)).toThrow(
      expect.objectContaining({
        code: "CLUSTER_VERSION_UNSUPPORTED",
        message: `this version of kubeadm only supports deploying clusters with the control plane version >= 1.36.0. Current version: ${version}`,
        remedy: "Name 1.36.",
      }),
    );
  });
});
