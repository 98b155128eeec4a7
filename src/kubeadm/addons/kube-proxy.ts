import { configMaps } from "../../cluster/resources.ts";
import { daemonSets, type WorkloadObject } from "../../cluster/workload-resources.ts";
import { withContext } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { JsonObject } from "../../values/json.ts";
import { desired } from "../cluster-objects/desired-object.ts";
import { sideBySide, writeObjects } from "../cluster-objects/write-objects.ts";
import { inContext } from "../file-failure.ts";
import { applyPatches } from "../patches/apply-patches.ts";
import type { Patches } from "../patches/read-patches.ts";
import { type Addon, manifestOf } from "./addon.ts";
import {
  type KubeProxyConfigMapOptions,
  kubeProxyAccount,
  kubeProxyConfigMap,
  kubeProxyDaemonSet,
  kubeProxyRights,
} from "./kube-proxy-objects.ts";

export interface KubeProxyOptions extends KubeProxyConfigMapOptions {
  readonly image: string;
  /** Proxy variables of this program's environment: kube-proxy reaches the API server through the same proxy. */
  readonly environment: readonly JsonObject[];
  readonly patches: Patches;
  readonly events: Events;
}

/** Returns the kube-proxy addon, which implements Services on each node. */
export function kubeProxy(options: KubeProxyOptions): Addon {
  const configMap = (isUserSupplied: boolean) =>
    desired(configMaps, kubeProxyConfigMap({ ...options, isUserSupplied }));
  const daemonSet = (environment: KubeProxyOptions["environment"]) =>
    desired(daemonSets, patchedDaemonSet(environment, options));
  return {
    name: "kube-proxy",
    // A manifest is for any machine and may be edited: it contains nothing of this environment, and no hash.
    manifest: () => manifestOf([kubeProxyAccount, ...kubeProxyRights, configMap(true), daemonSet([])]),
    install: (ports) =>
      sideBySide(ports, [
        (each) => writeObjects([configMap(options.isUserSupplied), daemonSet(options.environment)], each),
        (each) =>
          inContext("error when creating kube-proxy service account", () => writeObjects([kubeProxyAccount], each)),
        (each) => writeObjects(kubeProxyRights, each),
      ]),
  };
}

/** Returns the DaemonSet with patches. */
export function patchedDaemonSet(
  environment: KubeProxyOptions["environment"],
  { image, patches, events }: Pick<KubeProxyOptions, "image" | "patches" | "events">,
): WorkloadObject {
  try {
    const daemonSet = kubeProxyDaemonSet({ image, environment });
    // The API server validates what the operator's patches make of the DaemonSet.
    return applyPatches("kubeproxydaemonset", daemonSet, patches, { events }) as unknown as WorkloadObject;
  } catch (error) {
    throw withContext(error, "could not apply patches to the kube-proxy DaemonSet");
  }
}
