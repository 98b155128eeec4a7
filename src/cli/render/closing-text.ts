import type { EventTypes } from "../../events/event.ts";

/** Returns the last lines of a join: upstream's, because scripts wait for them. */
export function closingLines({ controlPlane, etcd }: EventTypes["join.finished"]): readonly string[] {
  return controlPlane ? controlPlaneLines(etcd) : workerLines;
}

const workerLines: readonly string[] = [
  "",
  "This node has joined the cluster:",
  "* Certificate signing request was sent to apiserver and a response was received.",
  "* The Kubelet was informed of the new secure connection details.",
  "",
  "Run 'kubectl get nodes' on the control-plane to see this node join the cluster.",
  "",
];

function controlPlaneLines(etcd: EventTypes["join.finished"]["etcd"]): readonly string[] {
  return [
    "",
    "This node has joined the cluster and a new control plane instance was created:",
    "",
    "* Certificate signing request was sent to apiserver and approval was received.",
    "* The Kubelet was informed of the new secure connection details.",
    "* Control plane label and taint were applied to the new node.",
    "* The Kubernetes control plane instances scaled up.",
    etcd === "stacked" ? "* A new etcd member was added to the local/stacked etcd cluster." : "",
    "",
    "To start administering your cluster from this node, you need to run the following as a regular user:",
    "",
    "\tmkdir -p $HOME/.kube",
    "\tsudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config",
    "\tsudo chown $(id -u):$(id -g) $HOME/.kube/config",
    "",
    "Run 'kubectl get nodes' to see this node join the cluster.",
    "",
  ];
}
