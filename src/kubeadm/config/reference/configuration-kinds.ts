import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { oneLine } from "../../../errors/printable-text.ts";
import type { Schema } from "../../../go/json/schema.ts";
import { nearest } from "../../../values/nearest.ts";
import { kubeletFields, kubeProxyFields } from "../components/common-fields.ts";
import { resetConfigurationV1beta4 } from "../reset/reset-configuration.ts";
import { upgradeConfigurationV1beta4 } from "../upgrade/upgrade-configuration.ts";
import { joinConfigurationV1beta3, v1beta3GroupVersion } from "../versions/v1beta3.ts";
import { clusterConfigurationV1beta3, initConfigurationV1beta3 } from "../versions/v1beta3-init.ts";
import {
  clusterConfigurationV1beta4,
  initConfigurationV1beta4,
  joinConfigurationV1beta4,
  v1beta4GroupVersion,
} from "../versions/v1beta4.ts";

/** A kind of configuration that files may contain, in one version. */
export interface ConfigurationKind {
  readonly kind: string;
  readonly groupVersion: string;
  /** Upstream still reads v1beta3 up to 1.36. */
  readonly isDeprecated: boolean;
  /** Fields that a file must have; without them it is not read. */
  readonly required: readonly string[];
  /** What the decoder accepts. */
  readonly schema: Schema<unknown>;
}

const kubeadmKind = (kind: string, schema: Schema<unknown>, required: readonly string[] = []): ConfigurationKind => ({
  ...{ kind, groupVersion: v1beta4GroupVersion, isDeprecated: false, schema },
  required: ["apiVersion", "kind", ...required],
});

const previousKind = (kind: string, schema: Schema<unknown>, required: readonly string[] = []): ConfigurationKind => ({
  ...kubeadmKind(kind, schema, required),
  groupVersion: v1beta3GroupVersion,
  isDeprecated: true,
});

/** Every kind in every version that is read without a flag; the newest version of a kind comes first. */
export const configurationKinds: readonly ConfigurationKind[] = [
  kubeadmKind("InitConfiguration", initConfigurationV1beta4),
  kubeadmKind("ClusterConfiguration", clusterConfigurationV1beta4),
  kubeadmKind("JoinConfiguration", joinConfigurationV1beta4, ["discovery"]),
  kubeadmKind("ResetConfiguration", resetConfigurationV1beta4),
  kubeadmKind("UpgradeConfiguration", upgradeConfigurationV1beta4),
  {
    ...kubeadmKind("KubeletConfiguration", kubeletFields),
    groupVersion: "kubelet.config.k8s.io/v1beta1",
  },
  {
    ...kubeadmKind("KubeProxyConfiguration", kubeProxyFields),
    groupVersion: "kubeproxy.config.k8s.io/v1alpha1",
  },
  previousKind("InitConfiguration", initConfigurationV1beta3),
  previousKind("ClusterConfiguration", clusterConfigurationV1beta3),
  previousKind("JoinConfiguration", joinConfigurationV1beta3, ["discovery"]),
];

/**
 * Returns a kind by its name, in its newest version or in the given one: `v1beta3` or `kubeadm.k8s.io/v1beta3`. Throws
 * USAGE for one that does not exist, and names the nearest.
 */
export function requireKind(name: string, version?: string): ConfigurationKind {
  const versions = configurationKinds.filter(({ kind }) => kind.toLowerCase() === name.toLowerCase());
  if (versions.length === 0)
    throw unknownName(
      `kind "${name}"`,
      name,
      namesOf(({ kind }) => kind),
    );
  const found = versions.find(
    ({ groupVersion }) => version === undefined || groupVersion === version || groupVersion.endsWith(`/${version}`),
  );
  if (found !== undefined) return found;
  const known = versions.map(({ groupVersion }) => groupVersion);
  throw unknownName(`version "${version}" of ${name}`, version ?? "", known);
}

/** The different names of all kinds, or of all versions. */
export function namesOf(nameOf: (kind: ConfigurationKind) => string): readonly string[] {
  return [...new Set(configurationKinds.map(nameOf))];
}

/** Returns the error for a name that does not exist. */
export function unknownName(what: string, name: string, known: readonly string[]): KubeadmError {
  const near = nearest(name, known);
  const listed = known.length === 0 ? "It has no fields." : `Known names: ${known.join(", ")}.`;
  return new KubeadmError("USAGE", oneLine(`there is no ${what}`), {
    remedy: near === undefined ? listed : `Did you mean ${near}? ${listed}`,
  });
}
