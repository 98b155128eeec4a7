import { knownCriSockets } from "../../kubeadm/apis/cri-socket.ts";
import { defaultTokenGroup, tokenUsages } from "../../kubeadm/apis/token-defaults.ts";
import { componentKinds } from "../../kubeadm/component-configs/component-kinds.ts";
import { kubernetesVersion } from "../../kubeadm/version.ts";
import type { PhaseLine } from "../command.ts";
import type { FlagSpec } from "../flag.ts";

/** What a shell can offer for a flag's value: names on disk, the phases of the command, words, or nothing. */
export type ValueSource = "files" | "directories" | "phases" | "nothing" | readonly string[];

/** Checks that operators pass over most; there are more, named after files and ports. */
const checks = [
  "all",
  "CRI",
  "FileContent--proc-sys-net-ipv4-ip_forward",
  "Hostname",
  "ImagePull",
  "IsPrivilegedUser",
  "KubeletVersion",
  "Mem",
  "NumCPU",
  "Port-10250",
  "Port-6443",
  "Swap",
  "SystemVerification",
];

/** By the flag's name, which means the same in every command; a test sees to it that none is left out. */
const sources: Readonly<Record<string, ValueSource>> = {
  "apiserver-advertise-address": "nothing",
  "apiserver-bind-port": ["6443"],
  "apiserver-cert-extra-sans": "nothing",
  "apiserver-extra-args": "nothing",
  "cert-dir": "directories",
  "certificate-key": "nothing",
  "client-name": "nothing",
  "component-configs": componentKinds,
  config: "files",
  "context-lines": "nothing",
  "control-plane-endpoint": "nothing",
  "controller-manager-extra-args": "nothing",
  "cri-socket": knownCriSockets,
  description: "nothing",
  "discovery-file": "files",
  "discovery-token": "nothing",
  "discovery-token-ca-cert-hash": ["sha256:"],
  "feature-gates": ["RootlessControlPlane=true", "RootlessControlPlane=false"],
  groups: [defaultTokenGroup],
  "ignore-preflight-errors": checks,
  "image-repository": ["registry.k8s.io"],
  kubeconfig: "files",
  "kubeconfig-dir": "directories",
  "kubernetes-version": [kubernetesVersion, "stable-1"],
  "new-config": "files",
  "node-name": "nothing",
  "old-config": "files",
  org: "nothing",
  patches: "directories",
  "pod-network-cidr": "nothing",
  rootfs: "directories",
  "scheduler-extra-args": "nothing",
  "service-cidr": "nothing",
  "service-dns-domain": "nothing",
  "skip-phases": "phases",
  "tls-bootstrap-token": "nothing",
  token: "nothing",
  "token-ttl": ["24h", "0"],
  ttl: ["24h", "0"],
  usages: tokenUsages,
  v: ["0", "1", "2", "5", "6", "8"],
  "validity-period": ["8760h"],
  vmodule: "nothing",
};

/** Undefined for a flag that nobody has thought of. */
export function sourceOf(name: string, flag: FlagSpec): ValueSource | undefined {
  if (flag.values !== undefined) return flag.values;
  if (flag.type === "bool") return ["true", "false"];
  return Object.hasOwn(sources, name) ? sources[name] : undefined;
}

/** Full names, as --skip-phases takes them. */
export function phaseNames(lines: readonly PhaseLine[]): readonly string[] {
  const way: string[] = [];
  return lines.map(({ label }) => {
    const depth = (label.length - label.trimStart().length) / 2;
    way.splice(depth, way.length, label.trim().replace(/^\//, ""));
    return way.join("/");
  });
}
