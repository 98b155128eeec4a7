import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import { type GroupVersionKind, groupVersionOf } from "../../../kubernetes/group-version-kind.ts";
import { ownMinor } from "../../../kubernetes/minors/minors.ts";
import { defined } from "../../../values/defined.ts";
import { v1GroupVersion } from "../versions/v1.ts";
import { v1beta3GroupVersion } from "../versions/v1beta3.ts";
import { v1beta4GroupVersion } from "../versions/v1beta4.ts";

/** The last upstream release that converts each old version. Upstream no longer reads v1beta3, this program does. */
const { [v1beta3GroupVersion]: lastReleaseOfV1beta3 = "", ...lastReleases } = ownMinor.lastReaders;

const v1beta3Kinds: readonly string[] = ["InitConfiguration", "ClusterConfiguration", "JoinConfiguration"];

const experimentalVersions: readonly string[] = [v1GroupVersion];

const migrate = "'kubeadm config migrate --old-config old-config-file --new-config new-config-file'";

export interface VersionPolicy {
  readonly allowsExperimental?: boolean;
  /** Deprecated versions are errors instead of warnings. */
  readonly refusesDeprecated?: boolean;
  /** Deprecated versions are read silently. */
  readonly allowsDeprecated?: boolean;
}

/** Throws for versions of the configuration API that this program does not read; warns of deprecated ones. */
export function requireSupportedVersion(gvk: GroupVersionKind, events: Events, policy: VersionPolicy = {}): void {
  const groupVersion = groupVersionOf(gvk);
  const named = `"${groupVersion}" (kind: "${gvk.kind}")`;
  const details = { apiVersion: groupVersion, kind: gvk.kind };
  const release = lastReleases[groupVersion];
  if (release !== undefined) throw oldVersion(gvk, release);
  if (experimentalVersions.includes(groupVersion) && policy.allowsExperimental !== true) {
    const message =
      `experimental API spec: ${named} is not allowed. You can use the --allow-experimental-api flag if the command ` +
      "supports it.";
    throw new KubeadmError("CONFIG_UNSUPPORTED", message, {
      details,
      remedy:
        "Write apiVersion: kubeadm.k8s.io/v1beta4 instead: it has the same fields, except mergeMethod of arguments.",
    });
  }
  if (groupVersion !== v1beta3GroupVersion) return;
  if (!v1beta3Kinds.includes(gvk.kind)) throw oldVersion(gvk, lastReleaseOfV1beta3, neverThere(gvk));
  warnOfDeprecation(named, details, events, policy);
}

function warnOfDeprecation(
  named: string,
  details: { readonly apiVersion: string; readonly kind: string },
  events: Events,
  policy: VersionPolicy,
): void {
  const message =
    `your configuration file uses a deprecated API spec: ${named}. Please use ${migrate}, ` +
    "which will write the new, similar spec using a newer API version.";
  if (policy.refusesDeprecated === true) throw new KubeadmError("CONFIG_UNSUPPORTED", message, { details });
  if (policy.allowsDeprecated !== true) events.emit("warning", { message });
}

/** Reports whether this is or was a version of the configuration API. */
export function isKnownVersion(groupVersion: string): boolean {
  return groupVersion in lastReleases || groupVersion === v1beta3GroupVersion;
}

/** Returns the error for a version that does not exist, or a kind that it does not have. */
export function unregisteredKind(gvk: GroupVersionKind): KubeadmError {
  const version = groupVersionOf(gvk);
  return new KubeadmError("CONFIG_INVALID", `no kind "${gvk.kind}" is registered for version "${version}"`, {
    details: { apiVersion: version, kind: gvk.kind },
    remedy: `Write apiVersion: ${v1beta4GroupVersion}.`,
  });
}

function neverThere({ kind }: GroupVersionKind): string {
  return `${v1beta3GroupVersion} never had a ${kind}: write apiVersion: ${v1beta4GroupVersion}.`;
}

function oldVersion(gvk: GroupVersionKind, release: string, remedy?: string): KubeadmError {
  const apiVersion = groupVersionOf(gvk);
  const message =
    `your configuration file uses an old API spec: "${apiVersion}" (kind: "${gvk.kind}"). Please use kubeadm ` +
    `${release} instead and run ${migrate}, which will write the new, similar spec using a newer API version.`;
  const details = { apiVersion, kind: gvk.kind, release };
  return new KubeadmError("CONFIG_UNSUPPORTED", message, { details, ...defined({ remedy }) });
}
