import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { dryRun, ignorePreflightErrors, patches, skipPhases } from "../../../kubeadm/flags/shared-flags.ts";
import { objectFlags } from "../../print/object-printer.ts";

const common = {
  config: { type: "string", usage: "File with an UpgradeConfiguration.", offers: "files" },
  kubeconfig: {
    type: "string",
    default: "/etc/kubernetes/admin.conf",
    usage: "Kubeconfig file to use for requests to the cluster.",
    offers: "files",
  },
} as const satisfies Flags;

const checked = {
  "etcd-upgrade": { type: "bool", default: true, usage: "Upgrade etcd too." },
  "ignore-preflight-errors": ignorePreflightErrors,
} as const satisfies Flags;

const versions = {
  "allow-experimental-upgrades": {
    type: "bool",
    usage: "Accept alpha, beta and release candidate versions.",
  },
  "allow-release-candidate-upgrades": { type: "bool", usage: "Accept release candidate versions." },
  "print-config": { type: "bool", usage: "Print the configuration that the upgrade uses." },
} as const satisfies Flags;

const changing = {
  "certificate-renewal": { type: "bool", default: true, usage: "Renew the certificates of the upgraded components." },
  "dry-run": dryRun,
  patches,
  "skip-phases": skipPhases,
} as const satisfies Flags;

/** Flags of the subcommands of `upgrade`. Names, types and defaults are upstream's. */
export const planFlags = { ...common, ...checked, ...versions, ...objectFlags } as const satisfies Flags;

export const applyFlags = {
  ...common,
  ...checked,
  ...versions,
  ...changing,
  force: {
    type: "bool",
    shorthand: "f",
    usage: "Upgrade even if requirements are not met, without asking for confirmation.",
  },
  yes: { type: "bool", shorthand: "y", usage: "Do not ask for confirmation." },
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
