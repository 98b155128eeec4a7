import { globalFlags } from "../kubeadm/flags/shared-flags.ts";
import { workflows } from "../phases/workflows.ts";
import { alphaCommand } from "./commands/alpha.ts";
import { completeCommand, completeWithoutDescriptionsCommand } from "./commands/completion/complete.ts";
import { helpCommand } from "./commands/help.ts";
import {
  certsSummary,
  completionSummary,
  configSummary,
  doctorSummary,
  explainSummary,
  kubeconfigSummary,
  reportSummary,
  tokenSummary,
  upgradeSummary,
} from "./commands/summaries.ts";

import { workflowEntry } from "./commands/workflow-entry.ts";
import type { CommandEntry, CommandSpec } from "./line/command.ts";

/** All commands. Each is loaded only when it runs. */
export const commandEntries: readonly CommandEntry[] = [
  workflowEntry(workflows.init),
  workflowEntry(workflows.join),
  workflowEntry(workflows.reset),
  { ...doctorSummary, load: async () => (await import("./commands/doctor/doctor.ts")).doctorCommand },
  { ...reportSummary, load: async () => (await import("./commands/report/report.ts")).reportCommand },
  { ...certsSummary, load: async () => (await import("./commands/certs/certs.ts")).certsCommand },
  { ...configSummary, load: async () => (await import("./commands/config/config.ts")).configCommand },
  { ...explainSummary, load: async () => (await import("./commands/explain/explain.ts")).explainCommand },
  { ...kubeconfigSummary, load: async () => (await import("./commands/kubeconfig/kubeconfig.ts")).kubeconfigCommand },
  { ...tokenSummary, load: async () => (await import("./commands/token/token.ts")).tokenCommand },
  { ...upgradeSummary, load: async () => (await import("./commands/upgrade/upgrade.ts")).upgradeCommand },
  { ...completionSummary, load: async () => (await import("./commands/completion/completion.ts")).completionCommand },
  alphaCommand,
  {
    name: "version",
    short: "Print the version of kubeadm",
    load: async () => (await import("./commands/version.ts")).versionCommand,
  },
];

export function rootCommand(entries: readonly CommandEntry[] = commandEntries): CommandSpec {
  const root: CommandSpec = {
    name: "kubeadm",
    short: "Create a Kubernetes cluster and join nodes to it",
    long: `kubeadm creates a Kubernetes cluster on this machine, or joins this machine to one.

It has the same commands, flags and configuration files as the Kubernetes project's kubeadm.`,
    example: `  # On the first control plane node. The last lines of output show how other
  # machines join:
  kubeadm init

  # On every other machine. To print this command, run
  # "kubeadm token create --print-join-command" on a control plane:
  kubeadm join <address>:6443 --token <token> --discovery-token-ca-cert-hash sha256:<hash>`,
    persistentFlags: globalFlags,
    commands: [
      ...entries,
      helpCommand(() => root),
      completeCommand(() => root),
      completeWithoutDescriptionsCommand(() => root),
    ],
  };
  return root;
}
