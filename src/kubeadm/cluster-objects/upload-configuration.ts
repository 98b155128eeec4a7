import { type ConfigMap, configMaps } from "../../cluster/resources.ts";
import { inContext } from "../file-failure.ts";
import type { KubeletConfiguration } from "../kubelet/kubelet-configuration.ts";
import { writeKubeletConfiguration } from "../kubelet/kubelet-configuration.ts";
import { signedByKubeadm } from "./component-config-hash.ts";
import { desired } from "./desired-object.ts";
import { alreadyExists } from "./explain-request-failure.ts";
import { bootstrappersGroup, nodesGroup, readersOf, systemNamespace } from "./rbac.ts";
import { type ClusterWritePorts, persistently, sideBySide, writeObjects } from "./write-objects.ts";

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

async function putClusterConfiguration(text: string, ports: ClusterWritePorts): Promise<void> {
  const reference = { namespace: systemNamespace, name: kubeadmConfigName };
  const words = {
    what: `ConfigMap ${systemNamespace}/${kubeadmConfigName}`,
    context: () => "unable to create or update *v1.ConfigMap",
  };
  await persistently(words, ports, async (cluster, signal) => {
    try {
      return await cluster.create(
        configMaps,
        { metadata: reference, data: { [clusterConfigurationKey]: text } },
        { signal },
      );
    } catch (error) {
      if (!alreadyExists(error)) throw error;
    }
    // Sent with the resourceVersion that was read, so that a concurrent write is not overwritten; a conflict is
    // retried.
    const present = await cluster.get(configMaps, reference, { signal });
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
    writeObjects([desired(configMaps, map), ...kubeletConfigReaders], ports),
  );
}
