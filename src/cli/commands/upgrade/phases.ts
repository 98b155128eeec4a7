import { group, type Phase } from "../../../workflow/phase.ts";

/** Upstream's phases, with their names and flags. They never run. */
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
const postUpgrade = named("post-upgrade", "Run the steps that follow an upgrade", cluster);

export const applyPhases: readonly Phase<never>[] = [
  named("preflight", "Run pre-flight checks for the upgrade of the cluster", [
    ...cluster,
    "allow-experimental-upgrades",
    "allow-release-candidate-upgrades",
    "force",
    "ignore-preflight-errors",
    "yes",
  ]),
  controlPlane("Upgrade this node's control plane"),
  group<never>(
    {
      name: "upload-config",
      summary: "Upload the kubeadm and kubelet configuration to the cluster",
      aliases: ["uploadconfig"],
    },
    named("kubeadm", "Upload the ClusterConfiguration to the cluster", cluster),
    named("kubelet", "Upload the kubelet configuration to the cluster", cluster),
  ),
  kubeletConfig,
  named("bootstrap-token", "Update the RBAC rules of bootstrap tokens and cluster-info", cluster),
  addons,
  postUpgrade,
];

export const nodePhases: readonly Phase<never>[] = [
  named("preflight", "Run pre-flight checks for the upgrade of this node", ["config", "ignore-preflight-errors"]),
  controlPlane("Upgrade this node's control plane, if it has one"),
  kubeletConfig,
  addons,
  postUpgrade,
];
