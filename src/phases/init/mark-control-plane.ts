import { controlPlaneLabels, markAsControlPlane } from "../../kubeadm/cluster-objects/mark-control-plane.ts";
import { effectiveNodeName } from "../../kubeadm/kubelet/kubelet-environment.ts";
import { formatTaint } from "../../kubernetes/taint.ts";
import { defineInitPhase } from "./context.ts";
import { clusterWrites } from "./facts.ts";

export const markControlPlane = defineInitPhase({
  name: "mark-control-plane",
  summary: "Mark a node as a control-plane",
  description: "Add the labels of a control plane and the taints of the configuration to this machine's Node.",
  example: `  # Label and taint the node in a configuration file
  kubeadm init phase mark-control-plane --config config.yaml

  # Label and taint a node by name
  kubeadm init phase mark-control-plane --node-name myNode`,
  flags: ["config", "dry-run", "node-name"],
  writes: ["labels and taints of the Node"],
  reads: {},
  async run(_values, run) {
    const { name, kubeletExtraArgs, taints = [] } = run.context.options.configuration.nodeRegistration;
    const node = effectiveNodeName(name, kubeletExtraArgs);
    const ports = await clusterWrites(run);
    run.events.emit("node.marking", { node, labels: controlPlaneLabels, taints: taints.map(formatTaint) });
    await markAsControlPlane({ name: node, taints }, ports);
  },
});
