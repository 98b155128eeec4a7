import { remedyBefore } from "../../../errors/decision.ts";
import { deletingNode } from "../../../errors/destructive-steps.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";
import { ownMinor } from "../../../kubernetes/minors/minors.ts";
import {
  compareVersions,
  parseSemanticVersion,
  readSemanticVersion,
  type SemanticVersion,
  versionText,
} from "../../../kubernetes/semantic-version.ts";
import { atMost } from "../../../values/at-most.ts";
import { defined } from "../../../values/defined.ts";
import { shell } from "../../../values/shell.ts";
import { kubernetesMajor, kubernetesVersion, oldestControlPlaneMinor, oldestToleratedMinor } from "../../version.ts";
import type { NodesByVersion } from "./cluster-versions.ts";
import { couldNot } from "./version-errors.ts";

/** How many minor versions a single upgrade or downgrade may span. */
const controlPlaneSkew = 1;
/** How many minor versions a kubelet may be older than the control plane. */
export const kubeletSkew = 3;

/** Versions that could not be read, with the reason. */
export interface UnknownVersions {
  readonly unknown: string;
  readonly remedy: string;
}

/** The versions that the policy compares. */
export interface VersionChoice {
  /** The version that the user chose, normalized: with a leading v. */
  readonly requested: string;
  /** The version of the API server. */
  readonly apiServer: string | UnknownVersions;
  readonly kubelets: NodesByVersion | UnknownVersions;
  /** The version of this program; its own by default. */
  readonly kubeadm?: string;
  readonly allowsExperimental: boolean;
  readonly allowsReleaseCandidates: boolean;
}

/** What the policy has against a version. */
export interface BrokenRule {
  /** --force skips what is skippable. */
  readonly severity: "mandatory" | "skippable";
  /** In upstream's words. */
  readonly text: string;
  /** What to do, in sentences; undefined if another rule says it. */
  readonly remedy: string | undefined;
}

interface Compared {
  readonly next: SemanticVersion;
  readonly apiServer: SemanticVersion;
  readonly kubeadm: SemanticVersion;
}

/** Yields what forbids an upgrade, or a downgrade, to a version, in upstream's order (phases/upgrade EnforceVersionPolicies). */
export function* brokenRules(choice: VersionChoice): Generator<BrokenRule> {
  const { requested, kubelets, kubeadm: own = kubernetesVersion } = choice;
  if (typeof choice.apiServer !== "string") {
    return yield mandatory(`Unable to fetch cluster version: ${choice.apiServer.unknown}`, choice.apiServer.remedy);
  }
  const served = readSemanticVersion(choice.apiServer);
  if ("problem" in served) {
    return yield mandatory(`Unable to fetch cluster version: ${couldNot(`parse cluster version: ${served.problem}`)}`);
  }
  const built = readSemanticVersion(own);
  if ("problem" in built) {
    return yield mandatory(`Unable to fetch kubeadm version: ${couldNot(`parse kubeadm version: ${built.problem}`)}`);
  }
  const [apiServer, kubeadm] = [served.version, built.version];
  const next = parseSemanticVersion(requested);
  if (next === undefined) {
    return yield mandatory(`unable to parse normalized version ${goQuote(requested)} as a semantic version`);
  }
  if ("unknown" in kubelets) yield skippable(`Unable to fetch kubelet version: ${kubelets.unknown}`, kubelets.remedy);
  yield* controlPlaneRules({ next, apiServer, kubeadm }, { requested, cluster: choice.apiServer, own });
  yield* unstableRule(next, choice);
  if (!("unknown" in kubelets)) yield* kubeletRule(next, kubelets);
}

function* controlPlaneRules(
  { next, apiServer, kubeadm }: Compared,
  { requested, cluster, own }: { readonly requested: string; readonly cluster: string; readonly own: string },
): Generator<BrokenRule> {
  const to = `Specified version to upgrade to ${goQuote(requested)}`;
  const wants = `${next.major}.${next.minor}`;
  // A pre-release may break the rules of minor versions with --force, a release may not.
  const byRelease = next.preRelease === "" ? mandatory : skippable;
  const minimum = { major: kubeadm.major, minor: kubeadm.minor - controlPlaneSkew, patch: 0, preRelease: "" };
  if (compareVersions(next, minimum) < 0) {
    const named = ownMinor.rules.misnamesOldestVersion ? cluster : versionText(minimum);
    yield mandatory(
      `${to} is equal to or lower than the minimum supported version ${goQuote(named)}. Please specify a higher version to upgrade to`,
    );
  }
  if (next.minor > apiServer.minor + controlPlaneSkew) {
    const first = `${apiServer.major}.${apiServer.minor + controlPlaneSkew}`;
    yield byRelease(
      `${to} is too high; kubeadm can upgrade only ${controlPlaneSkew} minor version at a time`,
      `Upgrade the cluster from ${cluster} to ${first} first, with a kubeadm of ${first}.`,
    );
  }
  if (next.minor < apiServer.minor - controlPlaneSkew) {
    yield byRelease(
      `Specified version to downgrade to ${goQuote(requested)} is too low; kubeadm can downgrade only ${controlPlaneSkew} minor version at a time`,
      `Choose a version that is at most ${controlPlaneSkew} minor version older than the cluster's, which is ${cluster}.`,
    );
  }
  if (compareVersions(kubeadm, next) < 0) {
    const isReachable = next.minor <= apiServer.minor + controlPlaneSkew;
    const install = `This program is kubeadm ${own}: install kubeadm ${requested}, and run the command with it.`;
    const remedy = isReachable ? install : undefined;
    yield next.minor > kubeadm.minor
      ? byRelease(
          `${to} is at least one minor release higher than the kubeadm minor release (${next.minor} > ${kubeadm.minor}). Such an upgrade is not supported`,
          remedy,
        )
      : skippable(
          `${to} is higher than the kubeadm version ${goQuote(own)}. Upgrade kubeadm first using the tool you used to install kubeadm`,
          remedy,
        );
  }
  if (kubeadm.major > next.major || kubeadm.minor > next.minor) {
    const branch = `${kubeadm.major}.${kubeadm.minor}`;
    yield skippable(
      `Kubeadm version ${own} can only be used to upgrade to Kubernetes version ${branch}`,
      `Run the command with a kubeadm of ${wants}, or choose a version of ${branch}.`,
    );
  }
}

function* unstableRule(
  { preRelease }: SemanticVersion,
  { requested, allowsExperimental, allowsReleaseCandidates }: VersionChoice,
): Generator<BrokenRule> {
  if (preRelease === "" || allowsExperimental) return;
  if (preRelease.startsWith("rc") && allowsReleaseCandidates) return;
  yield skippable(
    `Specified version to upgrade to ${goQuote(requested)} is an unstable version and such upgrades weren't allowed via setting the --allow-*-upgrades flags`,
    `Choose a release, or add ${preRelease.startsWith("rc") ? "--allow-release-candidate-upgrades" : "--allow-experimental-upgrades"} in a cluster for tests.`,
  );
}

function* kubeletRule(next: SemanticVersion, kubelets: NodesByVersion): Generator<BrokenRule> {
  const versions = [...kubelets.keys()].sort();
  const nodesOf = (some: readonly string[]) =>
    some.map(
      (version) =>
        `${atMost(listedNodes, kubelets.get(version) ?? []).join(", ")} (${version === "" ? "no version" : version})`,
    );
  const unreadable = versions.find((text) => parseSemanticVersion(text) === undefined);
  if (unreadable !== undefined) {
    const remedy = `Check the Node ${nodesOf([unreadable]).join("")}: \`kubectl get nodes -o wide\` shows the versions.`;
    return yield skippable(`couldn't parse kubelet version ${unreadable}`, remedy);
  }
  const isTooOld = (text: string) => next.minor > (parseSemanticVersion(text)?.minor ?? 0) + kubeletSkew;
  const tooOld = versions.filter(isTooOld);
  if (tooOld.length === 0) return;
  yield skippable(
    `There are kubelets in this cluster that are too old that have these versions [${tooOld.join(" ")}]`,
    remedyBefore(
      `Upgrade the kubelet to ${next.major}.${next.minor - kubeletSkew} or newer first on ${nodesOf(tooOld).join(", ")}.`,
      deletingNode({ id: "gone-node", command: shell`kubectl delete node NAME` }),
    ),
  );
}

/** A cluster may have thousands of nodes. */
const listedNodes = 10;

function mandatory(text: string, remedy?: string): BrokenRule {
  return { severity: "mandatory", text, remedy };
}

function skippable(text: string, remedy?: string): BrokenRule {
  return { severity: "skippable", text, remedy };
}

/**
 * Throws UPGRADE_VERSION_REFUSED if the policy forbids the version. Returns the errors that --force skips; none
 * without errors.
 */
export function requireAllowedVersion(choice: VersionChoice, force: boolean): readonly string[] {
  const found = [...brokenRules(choice)];
  const fatal = found.filter(({ severity }) => severity === "mandatory");
  if (fatal.length > 0) {
    throw refusal(choice, fatal, {
      head: "the version argument is invalid due to these fatal errors:",
      hint: "Please fix the misalignments highlighted above and try upgrading again",
    });
  }
  if (found.length > 0 && !force) {
    throw refusal(choice, found, {
      head: "the version argument is invalid due to these errors:",
      hint: "Can be bypassed if you pass the --force flag",
    });
  }
  return found.map(({ text }) => text);
}

function refusal(
  { requested, apiServer }: VersionChoice,
  rules: readonly BrokenRule[],
  { head, hint }: { readonly head: string; readonly hint: string },
): KubeadmError {
  const errors = rules.map(({ text }) => text);
  const remedies = new Set(rules.flatMap(({ remedy }) => remedy ?? []));
  return new KubeadmError("UPGRADE_VERSION_REFUSED", [head, "", ...errors.map((text) => `\t- ${text}`), "", hint], {
    details: { requested, ...(typeof apiServer === "string" ? { clusterVersion: apiServer } : {}), errors },
    ...defined({ remedy: remedies.size === 0 ? undefined : [...remedies].join(" ") }),
  });
}

/** The oldest version of a control plane that this program deploys. */
const oldest = { major: kubernetesMajor, minor: oldestControlPlaneMinor, patch: 0, preRelease: "" };
const oldestTolerated = { ...oldest, minor: oldestToleratedMinor };

/**
 * Throws CLUSTER_VERSION_UNSUPPORTED if a version is older than the oldest that this program deploys, same as upstream.
 * --force does not skip this. `remedy` gets the oldest minor version: "1.36".
 */
export function requireDeployableVersion(version: string, remedy: (branch: string) => string): void {
  const parsed = parseSemanticVersion(version);
  if (parsed === undefined || compareVersions(parsed, oldestTolerated) >= 0) return;
  throw new KubeadmError(
    "CLUSTER_VERSION_UNSUPPORTED",
    `this version of kubeadm only supports deploying clusters with the control plane version >= ${versionText(oldest)}. Current version: ${version}`,
    { details: { kubernetesVersion: version }, remedy: remedy(`${oldest.major}.${oldest.minor}`) },
  );
}
