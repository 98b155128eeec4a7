import type { Flags } from "../../kubeadm/flags/flag.ts";
import { flagsOfNames } from "../../kubeadm/flags/flag-table.ts";
import type { WorkflowArguments } from "../../phases/workflow.ts";
import { defined } from "../../values/defined.ts";
import { flagsOfPhase, type Phase } from "../../workflow/phase.ts";
import { flatten } from "../../workflow/plan.ts";
import type { CommandSpec, Invocation, PhaseLine } from "../line/command.ts";

export interface PhaseCommandsOptions<Context> {
  /** Name of the command that has the phases: "join". */
  readonly parent: string;
  /** The parent's arguments. */
  readonly args: WorkflowArguments;
  readonly phases: readonly Phase<Context>[];
  /** Every flag that a phase may name. */
  readonly flags: Flags;
  /** Flags that every phase's command accepts. */
  readonly commonFlags: Flags;
  /** Runs one phase and its children, by the full name. */
  run(only: string, invocation: Invocation<Flags>): Promise<number>;
}

/** Returns the command `phase`, with a subcommand for each phase that is not hidden. */
export function phaseCommands<Context>(options: PhaseCommandsOptions<Context>): CommandSpec {
  return {
    name: "phase",
    short: `Run a single phase of the ${options.parent} workflow`,
    long: `Runs one phase of \`kubeadm ${options.parent}\` on its own.`,
    subcommandRequired: true,
    commands: visible(options.phases).map((phase) => phaseCommand(phase, phase.name, options)),
  };
}

/** Returns the list of phases for the parent's help. */
export function phaseLines<Context>(phases: readonly Phase<Context>[]): readonly PhaseLine[] {
  const hidden = flatten(phases)
    .filter(({ phase }) => phase.hidden === true)
    .map(({ fullName }) => fullName);
  return flatten(phases)
    .filter(({ fullName }) => !hidden.some((name) => fullName === name || fullName.startsWith(`${name}/`)))
    .map(({ phase, depth }) => ({
      label: `${"  ".repeat(depth)}${depth === 0 ? "" : "/"}${phase.name}`,
      summary: phase.summary,
    }));
}

function phaseCommand<Context>(
  phase: Phase<Context>,
  fullName: string,
  options: PhaseCommandsOptions<Context>,
): CommandSpec {
  if (phase.phases === undefined) return leafCommand(phase, { name: phase.name, fullName }, options);
  const children = visible(phase.phases);
  return {
    name: phase.name,
    short: phase.summary,
    ...described(phase),
    subcommandRequired: true,
    commands: [
      ...(phase.all === "none" ? [] : [leafCommand(allOf(phase, children), { name: "all", fullName }, options)]),
      ...children.map((child) => phaseCommand(child, `${fullName}/${child.name}`, options)),
    ],
  };
}

/** Returns the subcommand `all`, which runs all children of the phase. */
function allOf<Context>(phase: Phase<Context>, children: readonly Phase<Context>[]): Phase<Context> {
  return {
    name: "all",
    summary: phase.summary,
    ...(phase.all === "none" ? {} : phase.all),
    flags: flagsOfPhase(phase),
    takesArgument: phase.takesArgument ?? children.some((child) => child.takesArgument === true),
  };
}

function leafCommand<Context>(
  phase: Phase<Context>,
  { name, fullName }: { readonly name: string; readonly fullName: string },
  options: PhaseCommandsOptions<Context>,
): CommandSpec {
  return {
    name,
    short: phase.summary,
    ...described(phase),
    ...argumentsOf(phase, options.args),
    flags: { ...flagsOfNames(phase.flags ?? [], options.flags), ...options.commonFlags },
    changesMachine: true,
    run: (invocation) => options.run(fullName, invocation),
  };
}

function argumentsOf<Context>(
  { takesArgument = false }: Phase<Context>,
  args: WorkflowArguments,
): Pick<CommandSpec, "args" | "argument"> {
  if (args.kind === "any") return { args, ...defined({ argument: args.shown }) };
  if (args.kind === "none" || takesArgument === false) return { args: { kind: "none" } };
  return { args: { kind: "at-most", count: 1 }, ...(takesArgument === true ? { argument: args.shown } : {}) };
}

function described<Context>({ aliases, description, example }: Phase<Context>) {
  return {
    ...defined({ aliases, long: description, example }),
  };
}

function visible<Context>(phases: readonly Phase<Context>[]): readonly Phase<Context>[] {
  return phases.filter((phase) => phase.hidden !== true);
}
