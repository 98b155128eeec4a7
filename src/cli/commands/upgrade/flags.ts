import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { dryRun, ignorePreflightErrors, patches, skipPhases } from "../../../kubeadm/flags/shared-flags.ts";
import { objectFlags } from "../../print/object-printer.ts";

const common = {
  config: { type: "string", usage: "File with an UpgradeConfiguration.", offers: "files" },
  kubeconfig: {
    type: "string",
    default: "/etc/kubernetes/admin.conf",
    usage: "Kubeconfig to talk to the cluster with.",
    offers: "files",
  },
} as const satisfies Flags;

const checked = {
  "etcd-upgrade": { type: "bool", default: true, usage: "Upgrade etcd as well." },
  "ignore-preflight-errors": ignorePreflightErrors,
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
  "dry-run": dryRun,
  patches,
  "skip-phases": skipPhases,
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
  "context-lines": {
    type: "int",
    shorthand: "c",
    default: 3,
    usage: "Lines to show around each difference.",
    offers: "nothing",
  },
} as const satisfies Flags;
