import type { FlagTable } from "../../kubeadm/flags/flag-table.ts";
import type { WorkflowEntry } from "../../phases/workflows.ts";
import type { LazyCommand } from "../line/command.ts";
import type { FlagsOfLine } from "./workflow-command.ts";

/** The command of a workflow, which is loaded when it is called. */
export function workflowEntry<Table extends FlagTable>({
  name,
  summary,
  load,
}: WorkflowEntry<Table, FlagsOfLine<Table>, unknown>): LazyCommand {
  const listed = { name: name.split(" ").at(-1) ?? name, short: summary };
  return {
    ...listed,
    load: async () => {
      const [{ workflowCommand }, workflow] = await Promise.all([import("./workflow-command.ts"), load()]);
      return { ...listed, ...workflowCommand(workflow) };
    },
  };
}
