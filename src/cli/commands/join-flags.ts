import type { Flags } from "../flag.ts";

/** Every flag of `join` and of its phases; names, types and defaults are upstream's. */
export const joinFlags = {
  "apiserver-advertise-address": {
    type: "string",
    usage:
      "For a control plane: the IP address at which this node's API server is announced. Empty: the address of the default route's interface.",
  },
  "apiserver-bind-port": {
    type: "int32",
    default: 6443,
    usage: "For a control plane: the port that this node's API server listens on.",
  },
  "certificate-key": {
    type: "secret",
    usage: "For a control plane: the key that the shared certificates in the cluster are decrypted with.",
  },
  config: { type: "string", usage: "File with a JoinConfiguration." },
  "control-plane": { type: "bool", usage: "Make this node a further control plane." },
  "cri-socket": {
    type: "string",
    usage:
      "Socket of the container runtime. Needed only where several runtimes are installed, or one at an unusual path.",
  },
  "discovery-file": {
    type: "string",
    usage: "Kubeconfig that describes the cluster: a path, or a URL with https.",
  },
  "discovery-file-unsafe-local-access": {
    type: "bool",
    usage: "Let a discovery file that comes from a URL name files, and exec plugins to run, of this machine.",
  },
  "discovery-token": {
    type: "secret",
    usage: "Token that the cluster's public description, fetched from the API server, is verified with.",
  },
  "discovery-token-ca-cert-hash": {
    type: "strings",
    usage: 'Accept only a cluster CA whose public key has this hash ("sha256:<hex>"); may be given several times.',
  },
  "discovery-token-unsafe-skip-ca-verification": {
    type: "bool",
    usage: "Trust the cluster's description on the token's word alone, without a hash of its CA.",
  },
  "dry-run": { type: "bool", usage: "Change nothing; print what would be done." },
  "ignore-preflight-errors": {
    type: "strings",
    usage: "Checks whose errors are only warned of, for example IsPrivilegedUser,Swap; all means every check.",
  },
  "node-name": { type: "string", usage: "Name of the Node object. Empty: this machine's host name." },
  patches: {
    type: "string",
    usage:
      "Directory with patches, in files named target[suffix][+patchtype].extension. Targets: kube-apiserver, kube-controller-manager, kube-scheduler, etcd, kubeletconfiguration, corednsdeployment, kubeproxydaemonset; types: strategic (taken if none is named), merge, json; extensions: json, yaml.",
  },
  "skip-phases": { type: "strings", usage: "Phases to leave out." },
  "tls-bootstrap-token": {
    type: "secret",
    usage: "Token that this node identifies itself with until it has a certificate of its own.",
  },
  token: {
    type: "secret",
    usage: "Token for both --discovery-token and --tls-bootstrap-token, where those are not given.",
  },
} as const satisfies Flags;
