import { systemNamespace } from "../../kubeadm/cluster-objects/rbac.ts";
import {
  kubeadmConfigName,
  kubeletConfigMap,
  kubeletConfigName,
  uploadClusterConfiguration,
  uploadKubeletConfiguration,
} from "../../kubeadm/cluster-objects/upload-configuration.ts";
import { storedClusterConfiguration } from "../../kubeadm/config/cluster/write-cluster-configuration.ts";
import { group } from "../../workflow/phase.ts";
import { defineInitPhase, type InitContext } from "./context.ts";
import { clusterWrites } from "./facts.ts";

const flags = ["config", "cri-socket", "dry-run", "kubeconfig"];

const uploadKubeadmConfig = defineInitPhase({
  name: "kubeadm",
  summary: "Upload the kubeadm ClusterConfiguration to a ConfigMap",
  description: `Store the ClusterConfiguration in the ConfigMap ${kubeadmConfigName} in the ${systemNamespace} namespace, where join and upgrade read it, and let nodes read it.`,
  example: `  # Upload the configuration of a file
  kubeadm init phase upload-config kubeadm --config=myConfig.yaml`,
  flags,
  writes: [`ConfigMap ${systemNamespace}/${kubeadmConfigName} with its Role and RoleBinding`],
  reads: {},
  async run(_values, run) {
    const writes = await clusterWrites(run);
    run.events.emit("configuration.uploading", { configMap: kubeadmConfigName, namespace: systemNamespace });
    await uploadClusterConfiguration(storedClusterConfiguration(run.context.options.cluster), writes);
  },
});

const uploadKubeletConfig = defineInitPhase({
  name: "kubelet",
  summary: "Upload the kubelet component config to a ConfigMap",
  description: `Store the kubelet configuration that all nodes share in the ConfigMap ${kubeletConfigName} in the ${systemNamespace} namespace, and let nodes read it.`,
  example: `  # Upload the kubelet configuration of a file
  kubeadm init phase upload-config kubelet --config kubeadm.yaml`,
  flags,
  writes: [`ConfigMap ${systemNamespace}/${kubeletConfigName} with its Role and RoleBinding`],
  reads: {},
  async run(_values, run) {
    const { kubelet, userSupplied } = run.context.options.components;
    const writes = await clusterWrites(run);
    run.events.emit("configuration.uploading", { configMap: kubeletConfigName, namespace: systemNamespace });
    const map = kubeletConfigMap(kubelet, { isUserSupplied: userSupplied.has("KubeletConfiguration") });
    await uploadKubeletConfiguration(map, writes);
  },
});

export const uploadConfig = group<InitContext>(
  {
    name: "upload-config",
    aliases: ["uploadconfig"],
    summary: "Upload the kubeadm and kubelet configuration to a ConfigMap",
    all: { summary: "Upload all configuration to a config map" },
    flags,
  },
  uploadKubeadmConfig,
  uploadKubeletConfig,
);
