import { workflows } from "../../../phases/workflows.ts";
import type { CommandSpec } from "../../line/command.ts";
import { upgradeSummary } from "../summaries.ts";
import { workflowEntry } from "../workflow-entry.ts";
import { type DiffInvocation, diffFlags, type PlanInvocation, planFlags } from "./flags.ts";

/** `kubeadm upgrade` and its subcommands: upstream's command line. */
export const upgradeCommand: CommandSpec = {
  ...upgradeSummary,
  long: "Plans an upgrade of the cluster, shows what it changes, and upgrades control plane and worker nodes.",
  subcommandRequired: true,
  commands: [
    workflowEntry(workflows.upgradeApply),
    {
      name: "diff",
      argument: "[version]",
      short: "Show what an upgrade would change in the static Pod manifests",
      long: `Shows what an upgrade changes in the static Pod manifests of this control plane, as a unified diff. The version is that of the argument, of diff.kubernetesVersion in the file of --config, or else of the cluster's configuration. Nothing is changed.

Patches are not applied, and etcd is not compared.`,
      args: { kind: "any" },
      flags: diffFlags,
      // Dispatch builds the values from these flags.
      run: async (invocation) => (await import("./diff.ts")).runDiff(invocation as DiffInvocation),
    },
    workflowEntry(workflows.upgradeNode),
    {
      name: "plan",
      argument: "[version] [flags]",
      short: "Show which versions the cluster can be upgraded to",
      long: `Checks whether the cluster can be upgraded, to which versions, and what would change. Unless you specify a version, the newest releases are looked up on the internet.

On a control plane, the tables are followed by what to expect from the upgrade there: images to pull, certificates to renew, manifest changes, settings that the new version rejects, and the space needed for backups.

The cluster check runs a Job for a few seconds; nothing else is changed.`,
      args: { kind: "any" },
      flags: planFlags,
      run: async (invocation) => (await import("./plan.ts")).runPlan(invocation as PlanInvocation),
    },
  ],
};
