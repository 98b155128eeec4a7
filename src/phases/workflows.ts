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
  reset: entry(
    "reset",
    "Revert the changes that 'kubeadm init' or 'kubeadm join' made on this machine",
    async () => (await import("./reset/reset.ts")).resetWorkflow,
  ),
};
