import { controlPlaneLabels, markAsControlPlane } from "../../kubeadm/cluster-objects/mark-control-plane.ts";
import { effectiveNodeName } from "../../kubeadm/kubelet/kubelet-environment.ts";
import { formatTaint } from "../../kubernetes/taint.ts";
import { defineInitPhase } from "./context.ts";
import { clusterWrites } from "./facts.ts";

export const markControlPlane = defineInitPhase({
  name: "mark-control-plane",
  summary: "Mark a node as a control-plane",
  description: "Give this machine's Node the labels of a control plane and the taints of its registration.",
  example: `  # Label and taint the node that a configuration file describes
  kubeadm init phase mark-control-plane --config config.yaml

  # Label and taint a certain node
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
