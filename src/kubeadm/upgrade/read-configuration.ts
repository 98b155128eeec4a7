import { type ConfigMap, configMaps } from "../../cluster/resources.ts";
import { KubeadmError, messageOf, withContext } from "../../errors/kubeadm-error.ts";
import { defined } from "../../values/defined.ts";
import { isSignedByKubeadm } from "../cluster-objects/component-config-hash.ts";
import { notFound } from "../cluster-objects/explain-request-failure.ts";
import { systemNamespace } from "../cluster-objects/rbac.ts";
import {
  kubeletConfigurationContext,
  kubeProxyConfigurationContext,
  kubeProxyMap,
  warnOfKubeProxy,
} from "../cluster-objects/read-cluster-state.ts";
import { ifReadable, requiredKey, type Unreadable } from "../cluster-objects/read-config-map.ts";
import { kubeadmConfigName, kubeletConfigName } from "../cluster-objects/upload-configuration.ts";
import { type ClusterWritePorts, persistently, type RequestWords } from "../cluster-objects/write-objects.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { decodeClusterConfiguration } from "../config/cluster/stored-cluster-configuration.ts";
import type { ComponentKind } from "../config/components/common-fields.ts";
import { componentsOf, type WrittenComponents } from "../config/components/component-configurations.ts";
import { configurationDocuments } from "../config/documents/configuration-documents.ts";
import { storedRelease } from "../config/fields/kubernetes-release.ts";
import { requireDeployableVersion } from "./versions/version-policy.ts";

const namespace = systemNamespace;

/** Reads the ClusterConfiguration; `area` is the prefix of the lines that say so. */
export async function readClusterConfiguration(area: string, ports: ClusterWritePorts): Promise<ClusterConfiguration> {
  const name = kubeadmConfigName;
  ports.events.emit("cluster.configuration.reading", { configMap: name, namespace, area });
  const map = await readMap(name, "failed to get config map", ports);
  const stored = decodeClusterConfiguration(requiredKey(name, "ClusterConfiguration", map), ports.events);
  const configuration = { ...stored, ...storedRelease(stored, ports.events) };
  requireDeployableVersion(
    configuration.kubernetesVersion,
    (branch) =>
      `Upgrade the cluster to ${branch} first, one minor version at a time, each time with the kubeadm of that version.`,
  );
  return configuration;
}

/** The component configurations that the cluster stores. */
export interface StoredComponents extends WrittenComponents {
  /** Kinds that kubeadm generated and nobody has changed: the others are the user's. */
  readonly generated: ReadonlySet<ComponentKind>;
}

/** Reads the configurations of kube-proxy and the kubelet. Without kube-proxy there may be none of it. */
export async function readComponentConfigurations(ports: ClusterWritePorts): Promise<StoredComponents> {
  const proxyMap = await readMapIfAllowed(kubeProxyMap.name, kubeProxyConfigurationContext, ports);
  if ("unreadable" in proxyMap) warnOfKubeProxy(proxyMap.unreadable, ports.events);
  const read = (map: ConfigMap, name: string, key: string, context: string): WrittenComponents => {
    try {
      return componentsOf(configurationDocuments(requiredKey(name, key, map)), ports.events, {});
    } catch (error) {
      throw withContext(error, context);
    }
  };
  const proxy =
    "unreadable" in proxyMap ? {} : read(proxyMap, kubeProxyMap.name, kubeProxyMap.key, kubeProxyConfigurationContext);
  const kubeletMap = await readMap(kubeletConfigName, kubeletConfigurationContext, ports);
  const kubelet = read(kubeletMap, kubeletConfigName, "kubelet", kubeletConfigurationContext);
  return {
    ...defined({ kubeProxy: proxy.kubeProxy, kubelet: kubelet.kubelet }),
    generated: new Set<ComponentKind>([
      ...(isSignedByKubeadm(kubeletMap) ? (["KubeletConfiguration"] as const) : []),
      ...(!("unreadable" in proxyMap) && isSignedByKubeadm(proxyMap) ? (["KubeProxyConfiguration"] as const) : []),
    ]),
  };
}

/** It is unreadable if there is no such ConfigMap, or the user may not read it. */
async function readMapIfAllowed(
  name: string,
  context: string,
  ports: ClusterWritePorts,
): Promise<ConfigMap | Unreadable> {
  return persistently(wordsFor(name, context), ports, (cluster, signal) =>
    ifReadable(cluster.get(configMaps, { namespace, name }, { signal })),
  );
}

async function readMap(name: string, context: string, ports: ClusterWritePorts): Promise<ConfigMap> {
  return persistently(wordsFor(name, context), ports, async (cluster, signal) => {
    try {
      return await cluster.get(configMaps, { namespace, name }, { signal });
    } catch (error) {
      if (!notFound(error)) throw error;
      throw withContext(missing(name, error), context);
    }
  });
}

function wordsFor(name: string, context: string): RequestWords {
  return { what: `ConfigMap ${namespace}/${name}`, context: () => context };
}

/** Upstream waits a minute for a ConfigMap that does not exist. */
function missing(name: string, cause: unknown): KubeadmError {
  return new KubeadmError("CLUSTER_READ_FAILED", messageOf(cause), {
    cause,
    details: { configMap: name, isAbsent: true },
    remedy: `The ConfigMap ${namespace}/${name} is missing: restore it with \`kubeadm init phase upload-config all --config FILE\`. A cluster that was not created by kubeadm does not have it, and kubeadm cannot upgrade such a cluster.`,
  });
}
