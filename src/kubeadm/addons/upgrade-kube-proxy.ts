import { type ConfigMap, configMaps } from "../../cluster/resources.ts";
import { daemonSets } from "../../cluster/workload-resources.ts";
import { createOrChange, findObject } from "../cluster-objects/change-object.ts";
import { isSignedByKubeadm, signedByKubeadm, unsigned } from "../cluster-objects/component-config-hash.ts";
import { desired } from "../cluster-objects/desired-object.ts";
import { systemNamespace } from "../cluster-objects/rbac.ts";
import { type ClusterWritePorts, sideBySide } from "../cluster-objects/write-objects.ts";
import type { AddonUpgrade } from "./addon.ts";
import { type KubeProxyOptions, kubeProxy, patchedDaemonSet } from "./kube-proxy.ts";
import {
  isPodKubeconfig,
  kubeconfigKey,
  kubeProxyAccount,
  kubeProxyConfigMap,
  kubeProxyDaemonSet,
  kubeProxyRights,
} from "./kube-proxy-objects.ts";
import { ensureObject, isSetByOthers, upgradeWorkload } from "./upgrade-workload.ts";

const name = "kube-proxy";

/**
 * Returns the upgrade of the kube-proxy addon. A DaemonSet that an administrator has removed is not created again; what
 * was edited stays.
 */
export function kubeProxyUpgrade(options: Omit<KubeProxyOptions, "isUserSupplied">): AddonUpgrade {
  const addon = kubeProxy({ ...options, isUserSupplied: true });
  return {
    name: addon.name,
    manifest: addon.manifest,
    find: async (ports) => {
      const reference = { namespace: systemNamespace, name };
      const present = await findObject(daemonSets, reference, ports);
      if (present !== undefined) return { upgrade: () => upgrade(options, ports) };
      const obstacle = `The DaemonSet ${systemNamespace}/${name} was removed: \`kubeadm init phase addon kube-proxy\` creates it, and proxy.disabled in the ClusterConfiguration states that the cluster has none.`;
      return { obstacle };
    },
  };
}

async function upgrade(options: Omit<KubeProxyOptions, "isUserSupplied">, ports: ClusterWritePorts): Promise<void> {
  const wanted = patchedDaemonSet(options.environment, options);
  // The variables of an environment that has changed since are not known: they stay.
  const template = (previous: string) => kubeProxyDaemonSet({ image: previous, environment: [] });
  // The new Pods read the ConfigMap.
  await upgradeConfiguration(options, ports);
  await sideBySide(ports, [
    ...[kubeProxyAccount, ...kubeProxyRights].map((object) => (each: ClusterWritePorts) => ensureObject(object, each)),
    (each) => upgradeWorkload({ type: daemonSets, name, wanted, template }, each),
  ]);
}

/** Writes kube-proxy's configuration with the defaults of this version. */
async function upgradeConfiguration(
  options: Omit<KubeProxyOptions, "isUserSupplied">,
  ports: ClusterWritePorts,
): Promise<void> {
  const next = kubeProxyConfigMap({ ...options, isUserSupplied: false });
  await createOrChange(desired(configMaps, next), (live: ConfigMap) => withConfiguration(live, next), ports);
}

function withConfiguration(live: ConfigMap, next: ConfigMap): ConfigMap {
  const { [kubeconfigKey]: kubeconfig, ...data } = next.data ?? {};
  const present = live.data?.[kubeconfigKey];
  const isEdited = present !== undefined && (!isPodKubeconfig(present) || isSetByOthers(live, ["data", kubeconfigKey]));
  const changed = { ...live, data: { ...live.data, ...data, ...(isEdited ? {} : { [kubeconfigKey]: kubeconfig }) } };
  return isSignedByKubeadm(live) ? signedByKubeadm(changed) : unsigned(changed);
}
