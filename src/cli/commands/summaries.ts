// What the list of commands shows about each command, without loading the command.

export const doctorSummary = {
  name: "doctor",
  short: "Diagnose why this node isn't working",
} as const;

export const reportSummary = {
  name: "report",
  short: "Create an HTML page from the events of a run",
} as const;

export const certsSummary = {
  name: "certs",
  aliases: ["certificates"],
  short: "Check, renew and request the certificates of a control plane",
} as const;

export const configSummary = {
  name: "config",
  short: "Print, validate and migrate configuration files, and list and pull images",
} as const;

export const explainSummary = {
  name: "explain",
  short: "Explain the fields of configuration files, and error codes",
} as const;

export const kubeconfigSummary = { name: "kubeconfig", short: "Create kubeconfig files for additional users" } as const;

export const tokenSummary = { name: "token", short: "Manage bootstrap tokens, which nodes use to join" } as const;

export const upgradeSummary = {
  name: "upgrade",
  short: "Plan an upgrade of the cluster, and upgrade its nodes",
} as const;

export const completionSummary = {
  name: "completion",
  short: "Print a completion script for your shell",
} as const;
