import { controlPlaneLabels, markAsControlPlane } from "../../kubeadm/cluster-objects/mark-control-plane.ts";
import { inContext } from "../../kubeadm/file-failure.ts";
import { effectiveNodeName } from "../../kubeadm/kubelet/kubelet-environment.ts";
import { formatTaint } from "../../kubernetes/taint.ts";
import type { Run } from "../../workflow/fact.ts";
import { defineJoinPhase, type JoinContext, joinsAsControlPlane } from "./context.ts";
import { adminCluster } from "./facts.ts";

export const markControlPlane = defineJoinPhase({
  name: "mark-control-plane",
  summary: "Mark a node as a control-plane",
  description: "Add the labels of a control plane and the taints of the configuration to this machine's Node.",
  flags: ["config", "control-plane", "dry-run", "node-name"],
  writes: ["labels and taints of the Node"],
  when: joinsAsControlPlane,
  reads: {},
  async run(_values, run) {
    const { options, host } = run.context;
    const { events, signal } = run;
    const { nodeRegistration, timeouts } = options.configuration;
    const { taints = [] } = nodeRegistration;
    const name = nodeNameOf(run);
    const cluster = await run.value(adminCluster);
    events.emit("node.marking", { node: name, labels: controlPlaneLabels, taints: taints.map(formatTaint) });
    const ports = { cluster, clock: host.clock, events, signal, timeoutMs: timeouts.kubernetesAPICall };
    await inContext("error applying control-plane label and taints", () => markAsControlPlane({ name, taints }, ports));
  },
  async dryRun(_values, run) {
    const action = `mark node ${nodeNameOf(run)} as a control-plane`;
    run.events.emit("dryrun.would", { area: "control-plane-join", action });
  },
});

function nodeNameOf({ context }: Run<JoinContext>): string {
  const { name, kubeletExtraArgs } = context.options.configuration.nodeRegistration;
  return effectiveNodeName(name, kubeletExtraArgs);
}
