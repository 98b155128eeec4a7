import type { Flags, FlagValues, ValuesOf } from "../../kubeadm/flags/flag.ts";
import type { Ports } from "../ports.ts";

/** How many arguments a command takes. */
export type ArgsRule =
  | { readonly kind: "none" }
  | { readonly kind: "at-most"; readonly count: number }
  | { readonly kind: "exactly"; readonly count: number }
  | { readonly kind: "any" };

/** One line of the phase listing in a command's help. */
export interface PhaseLine {
  /** Indented by depth; children begin with a slash. */
  readonly label: string;
  readonly summary: string;
}

/** What is known of a command without loading it: enough to find it and to list it. */
interface CommandSummary {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One line. */
  readonly short: string;
  readonly hidden?: boolean;
}

/** A command as data: everything about its command line and help follows from this. */
export interface CommandSpec extends CommandSummary {
  /** As shown behind the name: "[api-server-endpoint]". */
  readonly argument?: string;
  /** What shells offer for the argument: words, or the commands there are. */
  readonly argumentValues?: readonly string[] | "commands";
  readonly long?: string;
  readonly example?: string;
  /** Without a rule, words that name no sub-command are an error only at the root, as in cobra. */
  readonly args?: ArgsRule;
  /** All words behind its name are arguments, even those that look like flags. */
  readonly takesEveryWord?: boolean;
  readonly flags?: Flags;
  /** Flags that every command below takes too. */
  readonly persistentFlags?: Flags;
  readonly commands?: readonly CommandEntry[];
  readonly phases?: readonly PhaseLine[];
  /** It changes the machine or the cluster, and only tells of it: if that is lost, it has succeeded anyway. */
  readonly changesMachine?: boolean;
  /** A group that shows its help and then fails when no sub-command is named. */
  readonly subcommandRequired?: boolean;
  /** Gives the exit status; without it the command shows its help. */
  run?(invocation: Invocation<Flags>): Promise<number>;
}

/** A command whose code is loaded when it is called. */
export interface LazyCommand extends CommandSummary {
  load(): Promise<CommandSpec>;
}

export type CommandEntry = CommandSpec | LazyCommand;

/** The flags that every command takes. */
export interface GlobalValues {
  readonly rootfs: string;
  readonly v: FlagValues["level"];
  readonly vmodule: FlagValues["moduleSpec"];
}

/** A parsed command line. */
export interface Invocation<F extends Flags> {
  /** "kubeadm join phase preflight" */
  readonly path: string;
  readonly args: readonly string[];
  readonly flags: ValuesOf<F>;
  readonly global: GlobalValues;
  /** Names of the flags on the command line, global ones included. */
  readonly changed: ReadonlySet<string>;
  readonly ports: Ports;
}

/** The invocation of a command of which only some flags matter, such as those that a subcommand adds. */
export type InvocationWith<F extends Flags> = Invocation<Flags> & { readonly flags: ValuesOf<F> };

interface TypedSpec<F extends Flags> extends Omit<CommandSpec, "flags" | "run"> {
  readonly flags: F;
  run(invocation: Invocation<F>): Promise<number>;
}

/** A command whose `run` sees the types of its own flags. */
export function defineCommand<const F extends Flags>(spec: TypedSpec<F>): CommandSpec {
  // Dispatch builds the values from these very flags, so their types hold.
  return { ...spec, run: (invocation) => spec.run(invocation as unknown as Invocation<F>) };
}
