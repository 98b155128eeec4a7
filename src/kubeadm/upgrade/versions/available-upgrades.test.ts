import { describe, expect, it } from "vitest";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Event } from "../../../events/event.ts";
import { eventsTo } from "../../../events/events.ts";
import { availableUpgrades, type UpgradeSearch } from "./available-upgrades.ts";
import type { NodesByVersion } from "./cluster-versions.ts";

interface Setting extends Partial<Omit<UpgradeSearch, "versions" | "coreDns">> {
  readonly apiServers?: NodesByVersion;
  /** What the release servers answer; a label that is missing is not known. */
  readonly labels?: Readonly<Record<string, string>>;
}

const none: NodesByVersion = new Map();
const published = { stable: "v1.37.2", "stable-1.36": "v1.36.4", latest: "v1.38.0-alpha.2", "latest-1.37": "v1.37.2" };

async function search({ apiServers = new Map([["v1.36.3", ["cp1"]]]), labels = published, ...more }: Setting = {}) {
  const told: Event[] = [];
  const begun: (readonly string[])[] = [];
  const resolve = async (label: string) => {
    const version = labels[label as keyof typeof labels];
    if (version === undefined) throw new KubeadmError("RELEASE_UNKNOWN", `${label} is not published`);
    return version;
  };
  const versions = {
    ...{ apiServers, controllerManagers: none, schedulers: none, etcds: none, kubelets: none },
    coreDns: "",
  };
  const { clusterVersion, upgrades } = await availableUpgrades(
    { requested: "", allowsExperimental: false, allowsReleaseCandidates: false, ...more, versions, coreDns: "v1.14.6" },
    {
      labels: { resolve, begin: (asked) => void begun.push(asked) },
      events: eventsTo(
        (event) => told.push(event),
        () => new Date(),
      ),
    },
  );
  const warnings = told.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  const offered = upgrades.map(
    ({ description, target }) => `${description}: ${target.kubernetes} by ${target.kubeadm}`,
  );
  return { clusterVersion, offered, warnings, begun };
}

const patch = "version in the v1.36 series: v1.36.4 by v1.37.2";
const stable = "stable version: v1.37.2 by v1.37.2";

describe("the versions to which a cluster can be upgraded", () => {
  it.each<[string, Setting, readonly string[]]>([
    ["are the newest patch release of its minor version, and the newest release", {}, [patch, stable]],
    [
      "are one if its minor version is this program's",
      { apiServers: new Map([["v1.37.1", ["cp1"]]]), labels: { stable: "v1.37.2", "stable-1.37": "v1.37.2" } },
      ["version in the v1.37 series: v1.37.2 by v1.37.2"],
    ],
    [
      "are none if it has the newest one",
      { apiServers: new Map([["v1.37.2", ["cp1"]]]), labels: { stable: "v1.37.2", "stable-1.37": "v1.37.2" } },
      [],
    ],
    [
      "are the one that was named, once",
      { requested: "1.37.2", labels: {} },
      ["version in the v1.36 series: v1.37.2 by v1.37.2"],
    ],
    ["are found without the patch releases", { labels: { stable: "v1.37.2" } }, [stable]],
    ["are this program's own without any release", { labels: {} }, [stable]],
    [
      "have an alpha if that is allowed",
      { allowsExperimental: true },
      [patch, stable, "experimental version: v1.38.0-alpha.2 by v1.38.0-alpha.2"],
    ],
    [
      "have no first alpha: what was released before it is as new",
      { allowsExperimental: true, labels: { ...published, latest: "v1.38.0-alpha.0", "latest-1.37": "v1.37.3-rc.0" } },
      [patch, stable, "experimental version: v1.37.3-rc.0 by v1.37.3-rc.0"],
    ],
    [
      "have a release candidate if that is allowed",
      { allowsReleaseCandidates: true, labels: { ...published, "latest-1.37": "v1.37.3-rc.0" } },
      [patch, stable, "release candidate version: v1.37.3-rc.0 by v1.37.3-rc.0"],
    ],
  ])("%s", async (_name, setting, expected) => {
    expect((await search(setting)).offered).toEqual(expected);
  });

  it.each<[string, Setting, readonly string[]]>([
    ["nothing of API servers of one version", { apiServers: new Map([["v1.36.3", ["cp1", "cp2"]]]) }, []],
    [
      "API servers of different versions, with their Nodes",
      {
        apiServers: new Map([
          ["v1.36.2", ["cp2", "cp3"]],
          ["v1.36.3", ["cp1"]],
        ]),
      },
      [
        "Different API server versions in the cluster were discovered: v1.36.2 on nodes [cp2 cp3], v1.36.3 on nodes [cp1]. Please upgrade your control plane nodes to the same version of Kubernetes",
      ],
    ],
    [
      "labels that are not known",
      { labels: {} },
      [
        "WARNING: Couldn't fetch latest stable version from the internet: stable is not published",
        "WARNING: Falling back to current kubeadm version as latest stable version",
        "WARNING: Couldn't fetch latest version in the v1.36 series from the internet: stable-1.36 is not published",
      ],
    ],
  ])("come with a warning of %s", async (_name, setting, expected) => {
    const { warnings, clusterVersion } = await search(setting);
    expect(warnings).toEqual(expected);
    expect(clusterVersion).toBe("1.36.3");
  });

  it("are looked up in parallel, and not at all if one was named", async () => {
    expect((await search({ allowsExperimental: true })).begun).toEqual([
      ["stable", "stable-1.36", "latest", "latest-1.36"],
    ]);
    expect((await search({ requested: "v1.37.2" })).begun).toEqual([]);
  });

  it.each<[string, Setting, object]>([
    [
      "a version that is not one",
      { apiServers: new Map([["mine", ["cp1", "cp2"]]]) },
      { code: "CLUSTER_READ_FAILED", message: "couldn't parse kube-apiserver version mine from nodes [cp1 cp2]" },
    ],
    ["no API server", { apiServers: none }, { code: "CLUSTER_READ_FAILED" }],
    [
      "unstable labels that are not known",
      { allowsExperimental: true, labels: { stable: "v1.37.2" } },
      { code: "RELEASE_UNKNOWN" },
    ],
  ])("cannot be found with %s", async (_name, setting, error) => {
    await expect(search(setting)).rejects.toMatchObject(error);
  });
});
