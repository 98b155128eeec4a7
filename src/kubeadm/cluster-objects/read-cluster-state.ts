import { KubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { decodeClusterConfiguration } from "../config/cluster/stored-cluster-configuration.ts";
import { decodeKubeletConfiguration, type KubeletConfiguration } from "../kubelet/kubelet-configuration.ts";
import { type ClusterReadPorts, readConfigMapKey, readOptionalConfigMapKey } from "./read-config-map.ts";

/** What `kubeadm init` stored in the cluster for joining nodes. */
export interface ClusterState {
  readonly clusterConfiguration: ClusterConfiguration;
  /** As uploaded; defaults are applied when it is written to the node. */
  readonly kubeletConfiguration: KubeletConfiguration;
  /** Whether kube-proxy's configuration could be read; a worker's join does not need it. */
  readonly hasKubeProxyConfiguration: boolean;
}

/** Reads kubeadm-config, kube-proxy and kubelet-config in upstream's order, over one connection. */
export async function readClusterState(ports: ClusterReadPorts): Promise<ClusterState> {
  try {
    ports.events.emit("cluster.configuration.reading", { configMap: "kubeadm-config", namespace: "kube-system" });
    const cluster = await readConfigMapKey("kubeadm-config", "ClusterConfiguration", ports);
    const clusterConfiguration = decodeClusterConfiguration(cluster, ports.events);
    const kubeProxy = await readOptionalConfigMapKey("kube-proxy", "config.conf", ports);
    if (kubeProxy === undefined) warnOfKubeProxy(ports.events);
    const kubelet = await readKubeletConfiguration(ports);
    return {
      clusterConfiguration,
      kubeletConfiguration: kubelet,
      hasKubeProxyConfiguration: kubeProxy !== undefined,
    };
  } catch (error) {
    throw withContext(error, "unable to fetch the kubeadm-config ConfigMap");
  }
}

/** Says that there is no configuration of kube-proxy. */
export function warnOfKubeProxy(events: Events): void {
  const message =
    "Warning: No kubeproxy.config.k8s.io/v1alpha1 config is loaded. Continuing without it: the kube-proxy ConfigMap is absent or may not be read";
  events.emit("warning", { message });
}

/** Prefix of the error where the kubelet's configuration cannot be read. */
export const kubeletConfigurationContext =
  'failed to get component configs: could not download the kubelet configuration from ConfigMap "kubelet-config"';

async function readKubeletConfiguration(ports: ClusterReadPorts): Promise<KubeletConfiguration> {
  try {
    return decodeKubeletConfiguration(await readConfigMapKey("kubelet-config", "kubelet", ports));
  } catch (error) {
    throw withContext(error, kubeletConfigurationContext);
  }
}

/**
 * The minor version of the oldest control plane that can be joined. Upstream supports only its own minor version and
 * the one before; this program follows the rules of each minor version from 1.34 on.
 */
const oldestMinor = 34;

export function requireSupportedVersion(kubernetesVersion: string): void {
  const minor = Number(/^v?1\.(\d+)/.exec(kubernetesVersion)?.[1]);
  if (Number.isNaN(minor) || minor >= oldestMinor) return;
  throw new KubeadmError(
    "CLUSTER_VERSION_UNSUPPORTED",
    `this version of kubeadm only supports deploying clusters with the control plane version >= v1.${oldestMinor}.0. Current version: ${kubernetesVersion}`,
    { details: { kubernetesVersion } },
  );
}
