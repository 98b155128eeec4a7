/** The components whose configuration `kubeadm init` takes, in upstream's order. */
export const componentKinds = ["KubeProxyConfiguration", "KubeletConfiguration"] as const;

export type ComponentKind = (typeof componentKinds)[number];
