import type { DesiredObject } from "./desired-object.ts";
import { bootstrappersGroup, clusterRole, clusterRoleBinding, nodesGroup, user } from "./rbac.ts";

/** The rights that the phase bootstrap-token grants, by the name in their events. */
export type BootstrapRight = "get-nodes" | "post-csrs" | "approve-csrs" | "rotate-certificates" | "kubelet-api";

const approver = "system:certificates.k8s.io:certificatesigningrequests";

/**
 * The permissions of bootstrap tokens, nodes and the API server that joining requires, in upstream's order
 * (phases/bootstraptoken, phases/node).
 */
export const bootstrapPolicy: readonly {
  readonly right: BootstrapRight;
  readonly objects: readonly DesiredObject[];
}[] = [
  {
    right: "get-nodes",
    objects: [
      clusterRole("kubeadm:get-nodes", [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }]),
      clusterRoleBinding("kubeadm:get-nodes", "kubeadm:get-nodes", bootstrappersGroup),
    ],
  },
  {
    right: "post-csrs",
    objects: [clusterRoleBinding("kubeadm:kubelet-bootstrap", "system:node-bootstrapper", bootstrappersGroup)],
  },
  {
    right: "approve-csrs",
    objects: [clusterRoleBinding("kubeadm:node-autoapprove-bootstrap", `${approver}:nodeclient`, bootstrappersGroup)],
  },
  {
    right: "rotate-certificates",
    objects: [
      clusterRoleBinding("kubeadm:node-autoapprove-certificate-rotation", `${approver}:selfnodeclient`, nodesGroup),
    ],
  },
  {
    right: "kubelet-api",
    objects: [
      clusterRoleBinding(
        "kubeadm:apiserver-kubelet-client",
        "system:kubelet-api-admin",
        user("kube-apiserver-kubelet-client"),
      ),
    ],
  },
];
