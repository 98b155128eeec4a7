import type { HealthyState } from "../../support/doctor/fault.ts";

const bridge = JSON.stringify({
  cniVersion: "1.0.0",
  name: "other",
  plugins: [
    {
      type: "bridge",
      bridge: "cni9",
      isGateway: true,
      ipMasq: true,
      ipam: { type: "host-local", ranges: [[{ subnet: "10.244.199.0/24" }]], dataDir: "/run/cni-other" },
    },
  ],
});

/** What is done to a host that must not make it ill in doctor's eyes; undone like faults. */
export const healthyStates: readonly HealthyState[] = [
  { name: "a worker after its join", on: "w1", inject: ":" },
  { name: "the first control plane after init", on: "cp1", inject: ":" },
  { name: "a further control plane after its join", on: "cp2", inject: ":" },
  { name: "a machine with a runtime that has never joined", on: "bare", inject: ":" },
  {
    name: "a control plane after `certs renew all`",
    on: "cp1",
    inject: "kubeadm certs renew all >/dev/null",
  },
  {
    name: "a worker whose CNI plugin is another one",
    on: "w1",
    inject: `hide /etc/cni/net.d/10-lab.conflist; echo '${bridge}' | write /etc/cni/net.d/05-other.conflist; restart containerd`,
    undo: "restart containerd",
  },
  {
    name: "a worker whose kubelet and runtime have just started again",
    on: "w1",
    inject: "restart containerd; restart kubelet",
  },
  {
    name: "a machine after join and reset",
    on: "bare",
    inject: `
      kubeadm join $(cat /root/join-arguments) >/dev/null 2>&1
      kubeadm reset --force >/dev/null 2>&1
      kubectl delete node bare --ignore-not-found`,
    undo: "restart kubelet",
  },
];
