// What the list of commands shows of each command before the command itself is loaded.

export const initSummary = {
  name: "init",
  short: "Run this on a machine that is to become a new cluster's first control plane",
} as const;

export const joinSummary = {
  name: "join",
  short: "Run this on a machine that is to become a node of an existing cluster",
} as const;

export const resetSummary = {
  name: "reset",
  short: "Undo on this machine what 'kubeadm init' or 'kubeadm join' did",
} as const;

export const certsSummary = {
  name: "certs",
  aliases: ["certificates"],
  short: "Check, renew and request the certificates of a control plane",
} as const;

export const configSummary = {
  name: "config",
  short: "Print, check and convert configuration, and list images",
} as const;

export const kubeconfigSummary = { name: "kubeconfig", short: "Make kubeconfigs for further users" } as const;

export const tokenSummary = { name: "token", short: "Manage the bootstrap tokens that nodes join with" } as const;

export const upgradeSummary = {
  name: "upgrade",
  short: "Upgrade a cluster to a newer version (upstream's program does this)",
} as const;

export const completionSummary = {
  name: "completion",
  short: "Print the script that completes kubeadm's command lines in a shell",
} as const;
