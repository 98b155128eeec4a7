import type { Fact, Facts, Run, Values } from "./fact.ts";

/** When a phase is part of a run. */
export interface Condition<Context> {
  /** Completes "only when …": "the node joins as a control plane". */
  readonly describe: string;
  /** Reports whether it is; throws what the ports that it asks throw. */
  holds(run: Run<Context>): Promise<boolean>;
}

/**
 * One step of a command, with an optional tree of steps below it. `Context` is what all phases of the command share.
 */
export interface Phase<Context> {
  /** kebab-case, one word of a full name: "certs" in "control-plane-prepare/certs". */
  readonly name: string;
  /** Other names of the subcommand; --skip-phases accepts only `name`. */
  readonly aliases?: readonly string[];
  /** One line for the list of phases and for the subcommand. */
  readonly summary: string;
  /** The subcommand's longer help. */
  readonly description?: string;
  readonly example?: string;
  /** Runs as part of the command, but is not listed and has no subcommand. */
  readonly hidden?: boolean;
  /** Names of the flags that the phase's subcommand takes. */
  readonly flags?: readonly string[];
  /** Whether the subcommand takes the parent command's argument; "ignored": accepts it without using it. */
  readonly takesArgument?: boolean | "ignored";
  /** Files, services and objects that the phase may change, for plans and docs. */
  readonly writes?: readonly string[];
  /** The phase is skipped if this does not hold. */
  readonly when?: Condition<Context>;
  /** Full names of phases that must run, too. */
  readonly needs?: readonly string[];
  /** The children, which run after the phase itself. */
  readonly phases?: readonly Phase<Context>[];
  /** Help of the subcommand that runs all children; "none": there is no such subcommand. */
  readonly all?: "none" | Pick<Phase<Context>, "summary" | "example">;
  /**
   * What a run that continues an interrupted one does with this phase. By default a finished phase is skipped, and
   * the files of an unfinished one are restored before it runs again. "repeat": it also runs again if it is finished,
   * because later phases use what it does. "continue": an unfinished one finds its files as they are.
   */
  readonly resumption?: "repeat" | "continue";
  /** Reports whether the results of a finished phase still hold, in addition to checking its files. */
  isStillDone?(run: Run<Context>): Promise<boolean>;
  /** Does the work. Throws KubeadmError. Not set if only the children do something. */
  run?(run: Run<Context>): Promise<void>;
  /** Runs instead of `run` in a dry run: reports what `run` would wait for, talk to or start. */
  dryRun?(run: Run<Context>): Promise<void>;
}

export interface PhaseSpec<Context, F extends Facts<Context>>
  extends Omit<Phase<Context>, "run" | "dryRun" | "phases"> {
  /** Loaded in parallel before `run` or `dryRun`. What is needed only later is loaded with `run.value`. */
  readonly reads: F;
  run(values: Values<F>, run: Run<Context>): Promise<void>;
  /**
   * Runs instead of `run` in a dry run. A phase needs it only where the adapters of a dry run (host, connections,
   * events) are not enough: it waits for something that does not exist, or upstream prints what it would do.
   */
  dryRun?(values: Values<F>, run: Run<Context>): Promise<void>;
}

/** Hides a phase's facts behind a closure, so that phases that read different facts fit in one list. */
export function definePhase<Context>() {
  return <const F extends Facts<Context>>({ reads, run, dryRun, ...phase }: PhaseSpec<Context, F>): Phase<Context> => {
    const withValues = (action: typeof run) => async (current: Run<Context>) =>
      action(await loadAll(reads, current), current);
    return {
      ...phase,
      run: withValues(run),
      ...(dryRun === undefined ? {} : { dryRun: withValues(dryRun) }),
    };
  };
}

async function loadAll<Context, F extends Facts<Context>>(facts: F, run: Run<Context>): Promise<Values<F>> {
  const entries = Object.entries(facts) as [string, Fact<Context, unknown>][];
  const values = await Promise.all(entries.map(async ([name, fact]) => [name, await run.value(fact)] as const));
  return Object.fromEntries(values) as Values<F>;
}

/** Returns the phase with a condition: it runs only when the condition holds. */
export function when<Context>(condition: Condition<Context>, phase: Phase<Context>): Phase<Context> {
  return { ...phase, when: condition };
}

/** Returns the names of the flags of a phase's subcommand: its own or, if it names none, those of its children. */
export function flagsOfPhase<Context>({ flags, phases = [] }: Phase<Context>): readonly string[] {
  return flags ?? phases.filter(({ hidden }) => hidden !== true).flatMap((child) => child.flags ?? []);
}

/** Returns a phase that only groups others. */
export function group<Context>(
  spec: Pick<
    Phase<Context>,
    "name" | "aliases" | "summary" | "description" | "example" | "flags" | "takesArgument" | "hidden" | "all"
  >,
  ...phases: readonly Phase<Context>[]
): Phase<Context> {
  return { ...spec, phases };
}
