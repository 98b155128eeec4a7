import { KubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { oldestMinor } from "../../kubernetes/minors/minors.ts";
import { defined } from "../../values/defined.ts";
import type { JsonObject } from "../../values/json.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { decodeClusterConfiguration } from "../config/cluster/stored-cluster-configuration.ts";
import { completeComponents, componentsOf } from "../config/components/component-configurations.ts";
import { configurationDocuments } from "../config/documents/configuration-documents.ts";
import { storedRelease } from "../config/fields/kubernetes-release.ts";
import { decodeKubeletConfiguration, type KubeletConfiguration } from "../kubelet/kubelet-configuration.ts";
import { type ClusterReadPorts, readConfigMap, readOptionalConfigMap, requiredKey } from "./read-config-map.ts";

/** What `kubeadm init` stored in the cluster for joining nodes. */
export interface ClusterState {
  readonly clusterConfiguration: ClusterConfiguration;
  /** As uploaded; defaults are applied when it is written to the node. */
  readonly kubeletConfiguration: KubeletConfiguration;
}

/** A join needs nothing of kube-proxy's configuration, but tells where it is not as recommended. */
interface StoredComponents {
  readonly kubelet: KubeletConfiguration;
  readonly kubeProxy?: JsonObject;
}

/** Reads kubeadm-config, kube-proxy and kubelet-config in upstream's order, over one connection. */
export async function readClusterState(ports: ClusterReadPorts): Promise<ClusterState> {
  try {
    ports.events.emit("cluster.configuration.reading", { configMap: "kubeadm-config", namespace: "kube-system" });
    const name = "kubeadm-config";
    const map = await readConfigMap({ name, context: "failed to get config map" }, ports);
    const stored = decodeClusterConfiguration(requiredKey(name, "ClusterConfiguration", map), ports.events);
    const kubeProxy = await lookForKubeProxy(ports);
    const kubeletConfiguration = await readKubeletConfiguration(ports);
    const clusterConfiguration = { ...stored, ...storedRelease(stored, ports.events) };
    requireSupportedVersion(clusterConfiguration.kubernetesVersion);
    adviseOn({ kubelet: kubeletConfiguration, ...defined({ kubeProxy }) }, clusterConfiguration, ports.events);
    return { clusterConfiguration, kubeletConfiguration };
  } catch (error) {
    throw withContext(error, "unable to fetch the kubeadm-config ConfigMap");
  }
}

/** Name of kube-proxy's ConfigMap, and the key of its configuration. */
export const kubeProxyMap = { name: "kube-proxy", key: "config.conf" };

/** Prefix of the error where kube-proxy's configuration cannot be read. */
export const kubeProxyConfigurationContext = `failed to get component configs: could not download the kube-proxy configuration from ConfigMap "${kubeProxyMap.name}"`;

/** A join needs nothing of it, but a cluster whose configuration is broken is reported, same as upstream. */
async function lookForKubeProxy(ports: ClusterReadPorts): Promise<JsonObject | undefined> {
  const { name, key } = kubeProxyMap;
  const map = await readOptionalConfigMap({ name, context: kubeProxyConfigurationContext }, ports);
  if ("unreadable" in map) {
    warnOfKubeProxy(map.unreadable, ports.events);
    return undefined;
  }
  try {
    const { kubeProxy } = componentsOf(configurationDocuments(requiredKey(name, key, map)), ports.events, {});
    return kubeProxy;
  } catch (error) {
    throw withContext(error, kubeProxyConfigurationContext);
  }
}

/** Warns of values that are not the recommended ones, in upstream's order. */
function adviseOn(components: StoredComponents, cluster: ClusterConfiguration, events: Events): void {
  completeComponents(components, cluster, "", events);
}

/** Says that there is no configuration of kube-proxy. */
export function warnOfKubeProxy(reason: string, events: Events): void {
  const message = `Warning: No kubeproxy.config.k8s.io/v1alpha1 config is loaded. Continuing without it: ${reason}`;
  events.emit("warning", { message });
}

/** Prefix of the error where the kubelet's configuration cannot be read. */
export const kubeletConfigurationContext =
  'failed to get component configs: could not download the kubelet configuration from ConfigMap "kubelet-config"';

async function readKubeletConfiguration(ports: ClusterReadPorts): Promise<KubeletConfiguration> {
  const name = "kubelet-config";
  const map = await readConfigMap({ name, context: kubeletConfigurationContext }, ports);
  try {
    return decodeKubeletConfiguration(requiredKey(name, "kubelet", map));
  } catch (error) {
    throw withContext(error, kubeletConfigurationContext);
  }
}

/**
 * Throws CLUSTER_VERSION_UNSUPPORTED for a control plane that is too old to be joined. Upstream supports only its own minor
 * version and the one before; this program follows the rules of each minor version that it knows.
 */
function requireSupportedVersion(kubernetesVersion: string): void {
  const minor = Number(/^v?1\.(\d+)/.exec(kubernetesVersion)?.[1]);
  if (Number.isNaN(minor) || minor >= oldestMinor.number) return;
  throw new KubeadmError(
    "CLUSTER_VERSION_UNSUPPORTED",
    `this version of kubeadm only supports deploying clusters with the control plane version >= 1.${oldestMinor.number}.0. Current version: ${kubernetesVersion}`,
    { details: { kubernetesVersion } },
  );
}
