import { systemNamespace } from "../../../kubeadm/cluster-objects/rbac.ts";
import {
  kubeadmConfigName,
  kubeletConfigMap,
  kubeletConfigName,
  uploadClusterConfiguration,
  uploadKubeletConfiguration,
} from "../../../kubeadm/cluster-objects/upload-configuration.ts";
import { storedClusterConfiguration } from "../../../kubeadm/config/cluster/write-cluster-configuration.ts";
import { group } from "../../../workflow/phase.ts";
import { defineUpgradePhase, type UpgradeContext } from "../context.ts";
import { clusterWrites, completedComponents, upgradedNode } from "../facts.ts";

const flags = ["config", "dry-run", "kubeconfig"];
const namespace = systemNamespace;

const uploadKubeadmConfig = defineUpgradePhase({
  name: "kubeadm",
  summary: "Upload the ClusterConfiguration to the cluster",
  flags,
  writes: [`ConfigMap ${namespace}/${kubeadmConfigName} with its Role and RoleBinding`],
  reads: { node: upgradedNode },
  async run({ node }, run) {
    run.events.emit("configuration.uploading", { configMap: kubeadmConfigName, namespace });
    await uploadClusterConfiguration(storedClusterConfiguration(node.cluster), await clusterWrites(run));
  },
  async dryRun(_values, { events }) {
    events.emit("dryrun.would", { area: "dryrun", action: "upload the kubeadm ClusterConfiguration to a ConfigMap" });
  },
});

const uploadKubeletConfig = defineUpgradePhase({
  name: "kubelet",
  summary: "Upload the kubelet configuration to the cluster",
  flags,
  writes: [`ConfigMap ${namespace}/${kubeletConfigName} with its Role and RoleBinding`],
  reads: { components: completedComponents },
  async run({ components: { kubelet, userSupplied } }, run) {
    run.events.emit("configuration.uploading", { configMap: kubeletConfigName, namespace });
    const map = kubeletConfigMap(kubelet, { isUserSupplied: userSupplied.has("KubeletConfiguration") });
    await uploadKubeletConfiguration(map, await clusterWrites(run));
  },
  async dryRun(_values, { events }) {
    events.emit("dryrun.would", { area: "dryrun", action: "upload the kubelet configuration to a ConfigMap" });
  },
});

/** Stores the configurations of the new version: from here on, other nodes are upgraded to it. */
export const uploadConfig = group<UpgradeContext>(
  {
    name: "upload-config",
    aliases: ["uploadconfig"],
    summary: "Upload the kubeadm and kubelet configuration to the cluster",
    flags,
  },
  uploadKubeadmConfig,
  uploadKubeletConfig,
);
