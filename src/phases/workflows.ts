import type { FlagTable } from "../kubeadm/flags/flag-table.ts";
import type { Workflow } from "./workflow.ts";

/** What lists of commands show of a workflow, and how to load the rest. */
export interface WorkflowEntry<Table extends FlagTable, Flags, Result> {
  /** As on the command line: "upgrade apply". */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  load(): Promise<Workflow<Table, Flags, Result>>;
}

function entry<Table extends FlagTable, Flags, Result>(
  name: string,
  summary: string,
  load: () => Promise<Workflow<Table, Flags, Result>>,
): WorkflowEntry<Table, Flags, Result> {
  return { name, summary, load };
}

/** All workflows. Each is loaded only when it runs. */
export const workflows = {
  init: entry(
    "init",
    "Set up the first control plane node of a new cluster",
    async () => (await import("./init/init.ts")).initWorkflow,
  ),
  join: entry(
    "join",
    "Join this machine to an existing cluster",
    async () => (await import("./join/join.ts")).joinWorkflow,
  ),
  reset: entry(
    "reset",
    "Revert the changes that 'kubeadm init' or 'kubeadm join' made on this machine",
    async () => (await import("./reset/reset.ts")).resetWorkflow,
  ),
  upgradeApply: entry(
    "upgrade apply",
    "Upgrade the cluster, starting with this control plane node",
    async () => (await import("./upgrade/apply/upgrade-apply.ts")).upgradeApplyWorkflow,
  ),
  upgradeNode: entry(
    "upgrade node",
    "Upgrade this node, after the cluster's first control plane node",
    async () => (await import("./upgrade/node/upgrade-node.ts")).upgradeNodeWorkflow,
  ),
};
