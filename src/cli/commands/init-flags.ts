import type { Flags } from "../flag.ts";

/** Every flag of `init`; names, types and defaults are upstream's, here and below. */
export const initFlags = {
  "apiserver-advertise-address": {
    type: "string",
    usage:
      "IP address at which this node's API server is announced. Empty: the address of the default route's interface.",
  },
  "apiserver-bind-port": { type: "int32", default: 6443, usage: "Port that this node's API server listens on." },
  "apiserver-cert-extra-sans": {
    type: "strings",
    usage: "Further IP addresses and DNS names that the API server's certificate is to be valid for.",
  },
  "cert-dir": {
    type: "string",
    default: "/etc/kubernetes/pki",
    usage: "Directory of the cluster's certificates and keys.",
  },
  "certificate-key": {
    type: "secret",
    usage:
      "Key that the uploaded certificates are encrypted with: 64 hexadecimal digits. Empty: a random one where it is needed.",
  },
  config: {
    type: "string",
    usage:
      "File with an InitConfiguration, a ClusterConfiguration or both; those of kubelet and kube-proxy may follow.",
  },
  "control-plane-endpoint": {
    type: "string",
    usage:
      "Stable address of the whole control plane: an IP address or DNS name, with or without a port. A cluster without one cannot get further control planes later.",
  },
  "cri-socket": {
    type: "string",
    usage:
      "Socket of the container runtime. Needed only where several runtimes are installed, or one at an unusual path.",
  },
  "dry-run": { type: "bool", usage: "Change nothing; print what would be done." },
  "feature-gates": {
    type: "string",
    usage:
      "Feature gates of kubeadm as a list of key=value. There is one, RootlessControlPlane=true|false (ALPHA - default=false), and this program does not support it.",
  },
  "ignore-preflight-errors": {
    type: "strings",
    usage: "Checks whose errors are only warned of, for example IsPrivilegedUser,Swap; all means every check.",
  },
  "image-repository": {
    type: "string",
    default: "registry.k8s.io",
    usage: "Registry and folder that the images come from.",
  },
  "kubernetes-version": {
    type: "string",
    default: "stable-1",
    usage: "Version of the cluster. No server is asked what a label stands for: it is this program's own version.",
  },
  "node-name": { type: "string", usage: "Name of the Node object. Empty: this machine's host name." },
  patches: {
    type: "string",
    usage:
      "Directory with patches, in files named target[suffix][+patchtype].extension. Targets: kube-apiserver, kube-controller-manager, kube-scheduler, etcd, kubeletconfiguration, corednsdeployment, kubeproxydaemonset; types: strategic (taken if none is named), merge, json; extensions: json, yaml.",
  },
  "pod-network-cidr": {
    type: "string",
    usage: "Range of the Pods' IP addresses, of which every node gets a part. Two with a comma for both families.",
  },
  "service-cidr": {
    type: "string",
    default: "10.96.0.0/12",
    usage: "Range of the Services' IP addresses.",
  },
  "service-dns-domain": { type: "string", default: "cluster.local", usage: "DNS domain of the Services." },
  "skip-certificate-key-print": {
    type: "bool",
    usage: "Do not show the key that the uploaded certificates are encrypted with.",
  },
  "skip-phases": { type: "strings", usage: "Phases to leave out." },
  "skip-token-print": { type: "bool", usage: "Do not show the bootstrap token." },
  token: {
    type: "secret",
    usage: "Bootstrap token that other nodes are to join with: [a-z0-9]{6}.[a-z0-9]{16}. Empty: a random one.",
  },
  "token-ttl": {
    type: "duration",
    default: 24 * 3_600_000,
    usage: "Time until the token is deleted, 2h for one; 0: it is never deleted.",
  },
  "upload-certs": {
    type: "bool",
    usage: "Put the shared certificates and keys, encrypted, into the cluster for control planes that join.",
  },
} as const satisfies Flags;

const extraArguments = (component: string, field: string) =>
  ({
    type: "arguments",
    usage: `Arguments of the ${component} in the form name=value.`,
    hidden: true,
    deprecated: `use 'ClusterConfiguration.${field}.extraArgs' instead. This flag will be removed in a future version`,
  }) as const;

/** Flags that only phases have which run alone. */
export const initPhaseFlags = {
  kubeconfig: {
    type: "string",
    default: "/etc/kubernetes/admin.conf",
    usage: "Kubeconfig to talk to the cluster with.",
  },
  "kubeconfig-dir": {
    type: "string",
    default: "/etc/kubernetes",
    usage: "Directory that the kubeconfig files are written to.",
  },
  "print-manifest": { type: "bool", usage: "Print the addon's objects, and put nothing into the cluster." },
  "apiserver-extra-args": extraArguments("API server", "apiServer"),
  "controller-manager-extra-args": extraArguments("controller manager", "controllerManager"),
  "scheduler-extra-args": extraArguments("scheduler", "scheduler"),
} as const satisfies Flags;
