import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import { goQuote } from "../../../go/quote.ts";
import { compareVersions, parseSemanticVersion, readSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import { defined } from "../../../values/defined.ts";
import { kubernetesMinor, kubernetesVersion, oldestControlPlaneMinor, oldestToleratedMinor } from "../../version.ts";
import { ciPrefix } from "../cluster/cluster-configuration.ts";

export interface KubernetesRelease {
  /** With a leading v. */
  readonly version: string;
  /** A CI build of Kubernetes, whose images are in another registry. */
  readonly isCi: boolean;
}

const releaseForm = /^v?((0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*(?!\d))([-\w.+]*)?)$/;
const labelForm = /^(latest|stable)+(-[1-9](\.[1-9]\d?)?)?$/;
/** Labels that stand for this program's own version, as far as it knows. */
const ownLabels: readonly string[] = ["stable", "stable-1", `stable-1.${kubernetesMinor}`];

/**
 * Returns the release that a kubernetesVersion names. A label such as stable-1 is not looked up on a server: it is this
 * program's own version, same as upstream without network access.
 */
export function resolveRelease(text: string, events: Events): KubernetesRelease {
  const [found, prefix = "", rest = ""] = /^(?:(release|ci)\/)?([-\w.+]+)$/.exec(text) ?? [];
  if (found === undefined)
    throw unusable(`invalid version ${goQuote(text)}`, `Set a release, for example ${kubernetesVersion}.`);
  const [, version] = releaseForm.exec(rest) ?? [];
  if (version !== undefined) return supported({ version: `v${version}`, isCi: prefix === "ci" });
  if (!labelForm.test(rest)) {
    const message = `version ${goQuote(text)} doesn't match patterns for neither semantic version nor labels (stable, latest, ...)`;
    throw unusable(message, `Set a release, for example ${kubernetesVersion}.`);
  }
  const message = `the version behind ${text} is not looked up; using this program's version: ${kubernetesVersion}`;
  if (ownLabels.includes(rest)) events.emit("log", { level: 1, message });
  else events.emit("warning", { message });
  return { version: kubernetesVersion, isCi: prefix === "ci" };
}

/** What of a stored ClusterConfiguration names its release. */
interface StoredRelease {
  readonly kubernetesVersion: string;
  readonly isCi: boolean;
}

/** Returns the release behind what is stored: someone may have written a label there, or nothing. */
export function storedRelease({ kubernetesVersion, isCi }: StoredRelease, events: Events): StoredRelease {
  const isRelease = parseSemanticVersion(kubernetesVersion) !== undefined && !/\s/.test(kubernetesVersion);
  if (isRelease) return { kubernetesVersion, isCi };
  const release = resolveRelease(`${isCi ? ciPrefix : ""}${kubernetesVersion}`, events);
  return { kubernetesVersion: release.version, isCi: release.isCi };
}

function supported(release: KubernetesRelease): KubernetesRelease {
  const reading = readSemanticVersion(release.version);
  const oldest = { major: 1, minor: oldestToleratedMinor, patch: 0, preRelease: "" };
  if ("problem" in reading) {
    throw unusable(`couldn't parse Kubernetes version ${goQuote(release.version)}: ${reading.problem}`);
  }
  if (compareVersions(reading.version, oldest) >= 0) return release;
  throw unusable(
    `this version of kubeadm only supports deploying clusters with the control plane version >= 1.${oldestControlPlaneMinor}.0. ` +
      `Current version: ${release.version}`,
    "Use the kubeadm of the cluster's minor version.",
  );
}

function unusable(reason: string, remedy?: string): KubeadmError {
  return new KubeadmError("CONFIG_INVALID", reason, defined({ remedy }));
}
