import { expect, it } from "vitest";
import { printedCommand } from "./printed-command.ts";

it.each<readonly [string, Partial<ReturnType<typeof printedCommand>>]>([
  ["systemctl restart kubelet", { place: "here", isTemplate: false }],
  ["kubeadm token create --print-join-command   # on a control plane", { place: "control-plane", isTemplate: false }],
  ["kubeadm join …", { isTemplate: true }],
  ["kubeadm init phase upload-config kubelet --config FILE", { isTemplate: true }],
  [
    "scp 'NODE:/etc/kubernetes/pki/ca.crt' /etc/kubernetes/pki/ca.crt",
    { isTemplate: false, copies: { from: "/etc/kubernetes/pki/ca.crt", to: "/etc/kubernetes/pki/ca.crt" } },
  ],
  ["scp CONTROL-PLANE:a.conf /etc/b.conf", { isTemplate: false, copies: { from: "a.conf", to: "/etc/b.conf" } }],
  ["scp FILE /etc/kubernetes/pki/ca.crt", { isTemplate: true }],
  ["kubeadm join <endpoint>", { isTemplate: true }],
  ["kubectl -n kube-system exec etcd-NODE -- etcdctl member list", { isTemplate: true }],
  ["openssl s_client -connect endpoint.lab:6443 -showcerts </dev/null", { isTemplate: false }],
  ["iptables -D INPUT -p tcp --dport 10250 -j DROP", { isTemplate: false }],
  ["KUBECONFIG=/etc/kubernetes/admin.conf kubectl get csr", { isTemplate: false }],
])("%s", (text, expected) => {
  expect(printedCommand(text)).toMatchObject({ text, ...expected });
});
