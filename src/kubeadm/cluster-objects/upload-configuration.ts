import { type ConfigMap, configMaps } from "../../cluster/resources.ts";
import { inContext } from "../file-failure.ts";
import type { KubeletConfiguration } from "../kubelet/kubelet-configuration.ts";
import { writeKubeletConfiguration } from "../kubelet/kubelet-configuration.ts";
import { signedByKubeadm } from "./component-config-hash.ts";
import { alreadyExists } from "./explain-request-failure.ts";
import { bootstrappersGroup, nodesGroup, readersOf, systemNamespace } from "./rbac.ts";
import { type ClusterWritePorts, persistently, sideBySide, writeObject, writeObjects } from "./write-objects.ts";

export const kubeadmConfigName = "kubeadm-config";
export const kubeletConfigName = "kubelet-config";

const clusterConfigurationKey = "ClusterConfiguration";

/** Nodes and joining machines may read kubeadm-config. */
export const kubeadmConfigReaders = readersOf(
  { resource: "configmaps", namespace: systemNamespace, name: kubeadmConfigName },
  "kubeadm:nodes-kubeadm-config",
  bootstrappersGroup,
  nodesGroup,
);

export const kubeletConfigReaders = readersOf(
  { resource: "configmaps", namespace: systemNamespace, name: kubeletConfigName },
  "kubeadm:kubelet-config",
  nodesGroup,
  bootstrappersGroup,
);

/**
 * Stores the cluster's configuration (a ClusterConfiguration as YAML) for joins and upgrades. Replaces only this key of
 * an existing ConfigMap.
 */
export async function uploadClusterConfiguration(text: string, ports: ClusterWritePorts): Promise<void> {
  await inContext("error uploading the kubeadm ClusterConfiguration", () =>
    sideBySide(ports, [
      (each) => putClusterConfiguration(text, each),
      (each) => writeObjects(kubeadmConfigReaders, each),
    ]),
  );
}

/** Returns the ConfigMap with the cluster's configuration (a ClusterConfiguration as YAML). */
export function clusterConfigurationMap(text: string): ConfigMap {
  return {
    metadata: { namespace: systemNamespace, name: kubeadmConfigName },
    data: { [clusterConfigurationKey]: text },
  };
}

async function putClusterConfiguration(text: string, ports: ClusterWritePorts): Promise<void> {
  const reference = { namespace: systemNamespace, name: kubeadmConfigName };
  // Upstream's message names only the read (util/apiclient CreateOrMutate).
  let context = "";
  const words = { what: `ConfigMap ${systemNamespace}/${kubeadmConfigName}`, context: () => context };
  await persistently(words, ports, async (cluster, signal) => {
    context = "";
    try {
      return await cluster.create(configMaps, clusterConfigurationMap(text), { signal });
    } catch (error) {
      if (!alreadyExists(error)) throw error;
    }
    context = "unable to get *v1.ConfigMap";
    // Sent with the resourceVersion that was read, so that a concurrent write is not overwritten; a conflict is
    // retried.
    const present = await cluster.get(configMaps, reference, { signal });
    context = "";
    const changed = { ...present, data: { ...present.data, [clusterConfigurationKey]: text } };
    return cluster.update(configMaps, changed, { signal });
  });
}

/** Returns the ConfigMap with the kubelet configuration of all nodes. */
export function kubeletConfigMap(
  configuration: KubeletConfiguration,
  { isUserSupplied }: { readonly isUserSupplied: boolean },
): ConfigMap {
  const map: ConfigMap = {
    metadata: { name: kubeletConfigName, namespace: systemNamespace },
    data: { kubelet: writeKubeletConfiguration(configuration) },
  };
  return isUserSupplied ? map : signedByKubeadm(map);
}

export async function uploadKubeletConfiguration(map: ConfigMap, ports: ClusterWritePorts): Promise<void> {
  await inContext("error creating kubelet configuration ConfigMap", () =>
    sideBySide(ports, [
      (each) => writeObject(configMaps, map, each),
      (each) =>
        inContext("error creating kubelet configuration configmap RBAC rules", () =>
          writeObjects(kubeletConfigReaders, each),
        ),
    ]),
  );
}
