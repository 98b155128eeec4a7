import type { EventTypes } from "../../events/event.ts";

/** What a join ends with; scripts wait for its first line. */
export function closingLines({ controlPlane, etcd }: EventTypes["join.finished"]): readonly string[] {
  return controlPlane ? controlPlaneLines(etcd) : workerLines;
}

const workerLines: readonly string[] = [
  "",
  "This node has joined the cluster:",
  "* The API server received the kubelet's certificate signing request and answered it.",
  "* The kubelet has the details of its new secure connection.",
  "",
  "Run 'kubectl get nodes' on a control plane to see this node in the cluster.",
  "",
];

function controlPlaneLines(etcd: EventTypes["join.finished"]["etcd"]): readonly string[] {
  return [
    "",
    "This node has joined the cluster and a new control plane instance was created:",
    "",
    "* The certificate signing request was sent to the API server and approved.",
    "* The kubelet has the details of its new secure connection.",
    "* The label and taint of a control plane were applied to the new node.",
    "* The Kubernetes control plane has one instance more.",
    etcd === "stacked" ? "* A new etcd member was added to the local/stacked etcd cluster." : "",
    "",
    "To administer the cluster from this node, run the following as a regular user:",
    "",
    "\tmkdir -p $HOME/.kube",
    "\tsudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config",
    "\tsudo chown $(id -u):$(id -g) $HOME/.kube/config",
    "",
    "Run 'kubectl get nodes' to see this node in the cluster.",
    "",
  ];
}
