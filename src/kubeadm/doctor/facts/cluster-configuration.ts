import { configMaps } from "../../../cluster/resources.ts";
import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { silentEvents } from "../../../events/events.ts";
import { systemNamespace } from "../../cluster-objects/rbac.ts";
import { kubeadmConfigName, kubeletConfigName } from "../../cluster-objects/upload-configuration.ts";
import type { ClusterConfiguration } from "../../config/cluster/cluster-configuration.ts";
import { decodeClusterConfiguration } from "../../config/cluster/stored-cluster-configuration.ts";
import { decodeKubeletConfiguration, type KubeletConfiguration } from "../../kubelet/kubelet-configuration.ts";
import type { Examination, Fact } from "../examination.ts";
import type { Answer } from "./answer.ts";
import { ask } from "./cluster-access.ts";

/** A configuration in the cluster; "invalid" if it is there and cannot be used. */
export type Stored<T> = Answer<T> | { readonly state: "invalid"; readonly reason: string };

export const clusterConfiguration: Fact<Stored<ClusterConfiguration>> = (examination) =>
  stored(
    kubeadmConfigName,
    "ClusterConfiguration",
    (text) => decodeClusterConfiguration(text, silentEvents),
    examination,
  );

export const storedKubeletConfiguration: Fact<Stored<KubeletConfiguration>> = (examination) =>
  stored(kubeletConfigName, "kubelet", decodeKubeletConfiguration, examination);

async function stored<T>(
  name: string,
  key: string,
  decode: (text: string) => T,
  examination: Examination,
): Promise<Stored<T>> {
  const map = await ask(examination, (cluster, options) =>
    cluster.get(configMaps, { namespace: systemNamespace, name }, options),
  );
  if (map.state !== "found") return map;
  const text = map.value.data?.[key];
  if (text === undefined) return { state: "invalid", reason: `it has no key ${key}` };
  try {
    return { state: "found", value: decode(text) };
  } catch (error) {
    if (isKubeadmError(error)) return { state: "invalid", reason: error.message };
    throw error;
  }
}
