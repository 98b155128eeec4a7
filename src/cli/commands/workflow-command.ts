import type { PathBase } from "../../host/path-from.ts";
import type { Flags } from "../../kubeadm/flags/flag.ts";
import {
  type CommandLine,
  commandFlags,
  type FlagTable,
  flagsByName,
  type GivenValues,
} from "../../kubeadm/flags/flag-table.ts";
import { runFlags } from "../../kubeadm/flags/shared-flags.ts";
import type { Workflow, WorkflowArguments } from "../../phases/workflow.ts";
import { defined } from "../../values/defined.ts";
import type { ArgsRule, CommandSpec, Invocation } from "../line/command.ts";
import { givenFlags } from "../line/given-flags.ts";
import { runSession } from "../session.ts";
import { workflowPorts } from "./machine.ts";
import { phaseCommands, phaseLines } from "./phase-commands.ts";

/** What the command line gives for a table of flags. */
export type FlagsOfLine<Table extends FlagTable> = GivenValues<Table> &
  CommandLine & { readonly workingDirectory: PathBase };

/** The command of a workflow, with its `phase` commands: all made from the definition. */
export function workflowCommand<Table extends FlagTable>(
  workflow: Workflow<Table, FlagsOfLine<Table>, unknown>,
): Omit<CommandSpec, "name" | "short"> {
  const { args, flags, phases } = workflow;
  return {
    ...("shown" in args ? { argument: args.shown } : {}),
    long: workflow.description,
    args: ruleOf(args),
    flags: { ...commandFlags(flags), ...runFlags },
    phases: phaseLines(phases),
    commands: [
      phaseCommands({
        parent: workflow.name,
        args,
        phases,
        flags: flagsByName(flags),
        commonFlags: runFlags,
        run: (only, invocation) => runWorkflow(workflow, invocation, only),
      }),
    ],
    changesMachine: true,
    run: (invocation) => runWorkflow(workflow, invocation),
  };
}

function ruleOf({ kind }: WorkflowArguments): ArgsRule {
  return kind === "one" ? { kind: "at-most", count: 1 } : { kind };
}

function runWorkflow<Table extends FlagTable>(
  workflow: Workflow<Table, FlagsOfLine<Table>, unknown>,
  invocation: Invocation<Flags>,
  only?: string,
): Promise<number> {
  return runSession(invocation, async (events) => {
    const { workingDirectory, ...ports } = await workflowPorts(invocation);
    const flags = { ...givenFlags(workflow.flags, invocation, workingDirectory), workingDirectory };
    await workflow.run({ flags, args: invocation.args, ...defined({ only }) }, { ...ports, events });
  });
}
