import { KubeadmError, messageOf } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import {
  compareVersions,
  parseSemanticVersion,
  readSemanticVersion,
  type SemanticVersion,
  withLeadingV,
} from "../../../kubernetes/semantic-version.ts";
import { defaultEtcdTag } from "../../images/control-plane-images.ts";
import type { ReleaseLabels } from "../../releases/release-labels.ts";
import { kubernetesMinor, kubernetesVersion } from "../../version.ts";
import type { ClusterVersions } from "./cluster-versions.ts";
import { couldNot } from "./version-errors.ts";

/** The versions after an upgrade. */
export interface UpgradeTarget {
  readonly kubernetes: string;
  readonly kubeadm: string;
  readonly coreDns: string;
  /** "" if etcd is external. */
  readonly etcd: string;
}

export interface AvailableUpgrade {
  /** Completes "Upgrade to the latest …": "stable version". */
  readonly description: string;
  readonly target: UpgradeTarget;
}

export interface AvailableUpgrades {
  /** The highest version of an API server, without a leading v. */
  readonly clusterVersion: string;
  readonly upgrades: readonly AvailableUpgrade[];
}

export interface UpgradeSearch {
  /** A version that the user named, which then stands for every label; "" if none. */
  readonly requested: string;
  readonly allowsExperimental: boolean;
  readonly allowsReleaseCandidates: boolean;
  readonly versions: ClusterVersions;
  /** The tag of the CoreDNS that an upgrade deploys. */
  readonly coreDns: string;
}

export interface UpgradeSearchPorts {
  readonly labels: ReleaseLabels;
  readonly events: Events;
}

interface Release {
  readonly text: string;
  readonly version: SemanticVersion;
}

/**
 * Returns the labels that a search of a cluster of a version can ask for. The newest pre-release is never of a newer minor
 * version than this program's.
 */
export function labelsOf(
  { major, minor }: SemanticVersion,
  search: Pick<UpgradeSearch, "allowsExperimental" | "allowsReleaseCandidates">,
): readonly string[] {
  const allowsUnstable = search.allowsExperimental || search.allowsReleaseCandidates;
  const unstable = ["latest", previousLabel(kubernetesMinor)];
  return ["stable", `stable-${major}.${minor}`, ...(allowsUnstable ? unstable : [])];
}

/** Returns the versions to which the cluster can be upgraded (upstream: phases/upgrade GetAvailableUpgrades). */
export async function availableUpgrades(search: UpgradeSearch, ports: UpgradeSearchPorts): Promise<AvailableUpgrades> {
  const { events } = ports;
  const cluster = newestApiServer(search.versions, events);
  const clusterVersion = cluster.text.replace(/^v/, "");
  events.emit("upgrade.version.found", { of: "Cluster", version: clusterVersion });
  const own = parsed(kubernetesVersion, "kubeadm version");
  events.emit("upgrade.version.found", { of: "kubeadm", version: own.text });
  const branch = `${cluster.version.major}.${cluster.version.minor}`;
  const allowsUnstable = search.allowsExperimental || search.allowsReleaseCandidates;
  const find = finder(search.requested, ports);
  if (search.requested === "") ports.labels.begin(labelsOf(cluster.version, search));
  const stable = await stableRelease(own, find, ports);
  const upgrade = (description: string, release: Release, kubeadm: Release): AvailableUpgrade => ({
    description,
    target: targetOf(release, kubeadm, search),
  });
  const found: AvailableUpgrade[] = [];
  let isMinorPossible = isOlder(cluster, stable);
  if (!isOlder(stable, cluster)) {
    const description = `version in the v${branch} series`;
    const patch = await patchRelease({ label: `stable-${branch}`, description }, find, ports);
    if (patch !== undefined) {
      isMinorPossible = isOlder(patch, stable);
      if (isOlder(cluster, patch)) found.push(upgrade(description, patch, isOlder(own, patch) ? patch : own));
    }
  }
  if (isMinorPossible) found.push(upgrade("stable version", stable, stable));
  if (allowsUnstable) {
    const { latest, previous } = await unstableReleases(find, events);
    if (search.allowsReleaseCandidates && isCandidate(previous) && isOlder(cluster, previous)) {
      found.push(upgrade("release candidate version", previous, previous));
    }
    if (search.allowsExperimental && isOlder(cluster, latest)) {
      // The first alpha has nothing that the newest pre-release of the minor version before does not have.
      const release = latest.version.preRelease === "alpha.0" ? previous : latest;
      found.push(upgrade("experimental version", release, release));
    }
  }
  events.emit("upgrade.versions.found", {});
  return { clusterVersion, upgrades: withoutRepetition(found) };
}

/** With a version that the user named, several labels stand for the same version. */
function withoutRepetition(upgrades: readonly AvailableUpgrade[]): readonly AvailableUpgrade[] {
  return upgrades.filter(
    ({ target }, index) => upgrades.findIndex((other) => other.target.kubernetes === target.kubernetes) === index,
  );
}

function newestApiServer({ apiServers }: ClusterVersions, events: Events): Release {
  const releases = [...apiServers].map(([text, nodes]) => {
    const version = parseSemanticVersion(text);
    if (version !== undefined) return { text, version };
    const where = `[${nodes.join(" ")}]`;
    throw new KubeadmError("CLUSTER_READ_FAILED", `couldn't parse kube-apiserver version ${text} from nodes ${where}`, {
      remedy: "Use the version as the image tag in the manifest of the API server on these nodes.",
    });
  });
  if (releases.length > 1) {
    const list = [...apiServers].map(([text, nodes]) => `${text} on nodes [${nodes.join(" ")}]`).join(", ");
    const message = `Different API server versions in the cluster were discovered: ${list}. Please upgrade your control plane nodes to the same version of Kubernetes`;
    events.emit("warning", { message });
  }
  const [newest] = releases.toSorted((left, right) => compareVersions(right.version, left.version));
  if (newest !== undefined) return newest;
  const message = "no Pods with the labels component=kube-apiserver,tier=control-plane in namespace kube-system";
  throw new KubeadmError("CLUSTER_READ_FAILED", message, {
    remedy:
      "The mirror Pods of the API servers are missing: check the kubelets of the control planes (`journalctl -u kubelet`). kubeadm cannot plan the upgrade of a cluster whose API servers are not its static Pods.",
  });
}

type Find = (label: string, description: string) => Promise<Release>;

function finder(requested: string, { labels }: UpgradeSearchPorts): Find {
  return async (label, description) => {
    if (requested !== "") return withPrefix(parsed(requested, couldNot(`parse version ${description}`)));
    try {
      return parsed(await labels.resolve(label), couldNot(`parse latest ${description}`));
    } catch (error) {
      if (!(error instanceof KubeadmError) || error.code !== "RELEASE_UNKNOWN") throw error;
      throw new KubeadmError(
        "RELEASE_UNKNOWN",
        couldNot(`fetch latest ${description} from the internet: ${error.message}`),
        {
          cause: error,
          details: error.details,
        },
      );
    }
  };
}

/** Image tags have a leading v. */
function withPrefix({ text, version }: Release): Release {
  return { text: withLeadingV(text), version };
}

function parsed(text: string, context: string): Release {
  const reading = readSemanticVersion(text);
  if ("version" in reading) return { text: text.trim(), version: reading.version };
  throw new KubeadmError("RELEASE_UNKNOWN", `${context}: ${reading.problem}`);
}

/** The newest stable release; this program's own version if it is not known. */
async function stableRelease(own: Release, find: Find, { events }: UpgradeSearchPorts): Promise<Release> {
  try {
    const stable = await find("stable", "stable version");
    events.emit("upgrade.version.found", { of: "Target", version: stable.text });
    return stable;
  } catch (error) {
    warn(error, events);
    const message = "WARNING: Falling back to current kubeadm version as latest stable version";
    events.emit("warning", { area: "upgrade/versions", message });
    return own;
  }
}

async function patchRelease(
  { label, description }: { readonly label: string; readonly description: string },
  find: Find,
  { events }: UpgradeSearchPorts,
): Promise<Release | undefined> {
  try {
    const patch = await find(label, description);
    events.emit("upgrade.release.found", { description, version: patch.text });
    return patch;
  } catch (error) {
    warn(error, events);
    return undefined;
  }
}

function warn(error: unknown, events: Events): void {
  if (!(error instanceof KubeadmError) || error.code !== "RELEASE_UNKNOWN") throw error;
  events.emit("warning", { area: "upgrade/versions", message: `WARNING: ${messageOf(error)}` });
}

async function unstableReleases(find: Find, events: Events) {
  const found = async (label: string, description: string) => {
    const release = await find(label, description);
    events.emit("upgrade.release.found", { description, version: release.text });
    return release;
  };
  const latest = await found("latest", "experimental version");
  const previous = await found(previousLabel(latest.version.minor), "previous version");
  return { latest, previous };
}

/** The newest pre-release of the minor version before. */
function previousLabel(minor: number): string {
  return `latest-1.${minor - 1}`;
}

function targetOf(
  { text }: Release,
  kubeadm: Release,
  { coreDns, versions: { etcds } }: Pick<UpgradeSearch, "coreDns" | "versions">,
): UpgradeTarget {
  return {
    kubernetes: text,
    kubeadm: kubeadm.text,
    coreDns,
    etcd: etcds.size === 0 ? "" : defaultEtcdTag(text),
  };
}

function isOlder(left: Release, right: Release): boolean {
  return compareVersions(left.version, right.version) < 0;
}

function isCandidate({ version }: Release): boolean {
  return version.preRelease.startsWith("rc");
}
