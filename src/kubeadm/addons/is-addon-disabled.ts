import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";

export type AddonName = "coredns" | "kube-proxy";

/** Reports whether the cluster does without the addon, by its configuration. */
export function isAddonDisabled(name: AddonName, { dns, proxy }: Pick<ClusterConfiguration, "dns" | "proxy">): boolean {
  return name === "coredns" ? dns.disabled : proxy.disabled;
}
