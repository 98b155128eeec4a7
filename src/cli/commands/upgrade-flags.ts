import type { Flags } from "../flag.ts";
import { objectFlags } from "../print/object-printer.ts";

const common = {
  config: { type: "string", usage: "File with an UpgradeConfiguration." },
  kubeconfig: {
    type: "string",
    default: "/etc/kubernetes/admin.conf",
    usage: "Kubeconfig to talk to the cluster with.",
  },
} as const satisfies Flags;

const checked = {
  "etcd-upgrade": { type: "bool", default: true, usage: "Upgrade etcd as well." },
  "ignore-preflight-errors": {
    type: "strings",
    usage: "Checks whose errors are only warned of, for example IsPrivilegedUser,Swap; all means every check.",
  },
} as const satisfies Flags;

const versions = {
  "allow-experimental-upgrades": {
    type: "bool",
    usage: "Take alpha, beta and candidate versions as well as released ones.",
  },
  "allow-release-candidate-upgrades": { type: "bool", usage: "Take candidate versions as well as released ones." },
  "print-config": { type: "bool", usage: "Print the configuration that the upgrade goes by." },
} as const satisfies Flags;

const changing = {
  "certificate-renewal": { type: "bool", default: true, usage: "Renew the certificates of what is upgraded." },
  "dry-run": { type: "bool", usage: "Change nothing; print what would be done." },
  patches: {
    type: "string",
    usage:
      "Directory with patches, in files named target[suffix][+patchtype].extension. Targets: kube-apiserver, kube-controller-manager, kube-scheduler, etcd, kubeletconfiguration, corednsdeployment, kubeproxydaemonset; types: strategic (taken if none is named), merge, json; extensions: json, yaml.",
  },
  "skip-phases": { type: "strings", usage: "Phases to leave out." },
} as const satisfies Flags;

/** Of each command below `upgrade`; names, types and defaults are upstream's. */
export const planFlags = { ...common, ...checked, ...versions, ...objectFlags } as const satisfies Flags;

export const applyFlags = {
  ...common,
  ...checked,
  ...versions,
  ...changing,
  force: { type: "bool", shorthand: "f", usage: "Upgrade although conditions are not met; nothing is asked." },
  yes: { type: "bool", shorthand: "y", usage: "Do not ask whether to go on." },
} as const satisfies Flags;

export const nodeFlags = { ...common, ...checked, ...changing } as const satisfies Flags;

export const diffFlags = {
  ...common,
  "context-lines": { type: "int", shorthand: "c", default: 3, usage: "Lines to show around each difference." },
} as const satisfies Flags;
