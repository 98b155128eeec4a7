import { group, type Phase } from "../../../workflow/phase.ts";

/** Upstream's phases by name and flags; nothing here runs them. */
const named = (name: string, summary: string, flags: readonly string[]): Phase<never> => ({ name, summary, flags });

const cluster = ["config", "dry-run", "kubeconfig"];
const patched = [...cluster, "patches"];

const controlPlane = (summary: string) =>
  named("control-plane", summary, [...patched, "certificate-renewal", "etcd-upgrade"]);
const kubeletConfig = named("kubelet-config", "Upgrade the kubelet's configuration on this node", patched);
const addons = group<never>(
  { name: "addon", summary: "Upgrade CoreDNS and kube-proxy" },
  named("coredns", "Upgrade CoreDNS", patched),
  named("kube-proxy", "Upgrade kube-proxy", patched),
);
const postUpgrade = named("post-upgrade", "Do what is left after an upgrade", cluster);

export const applyPhases: readonly Phase<never>[] = [
  named("preflight", "Check the cluster before its upgrade", [
    ...cluster,
    "allow-experimental-upgrades",
    "allow-release-candidate-upgrades",
    "force",
    "ignore-preflight-errors",
    "yes",
  ]),
  controlPlane("Upgrade this node's control plane"),
  group<never>(
    { name: "upload-config", summary: "Keep the configuration in the cluster", aliases: ["uploadconfig"] },
    named("kubeadm", "Keep the ClusterConfiguration in the cluster", cluster),
    named("kubelet", "Keep the kubelets' configuration in the cluster", cluster),
  ),
  kubeletConfig,
  named("bootstrap-token", "Renew the rules of bootstrap tokens and of cluster-info", cluster),
  addons,
  postUpgrade,
];

export const nodePhases: readonly Phase<never>[] = [
  named("preflight", "Check this node before its upgrade", ["config", "ignore-preflight-errors"]),
  controlPlane("Upgrade this node's control plane, if it has one"),
  kubeletConfig,
  addons,
  postUpgrade,
];
