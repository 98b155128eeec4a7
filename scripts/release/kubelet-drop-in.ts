import type { Family } from "./family.ts";

/** Where the administrator's own flags of the kubelet are, by the custom of the distribution. */
const ownFlags = { debian: "/etc/default/kubelet", rpm: "/etc/sysconfig/kubelet" } as const satisfies Record<
  Family,
  string
>;

/** The drop-in that lets the kubelet's service read what kubeadm writes; its settings are those of Kubernetes' own package. */
export function kubeletDropIn(family: Family): string {
  return `# What kubeadm init and kubeadm join write for the kubelet.
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
# Written by kubeadm; sets KUBELET_KUBEADM_ARGS.
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
# For an administrator who sets KUBELET_EXTRA_ARGS. Prefer nodeRegistration.kubeletExtraArgs in kubeadm's configuration.
EnvironmentFile=-${ownFlags[family]}
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`;
}
