import type { Fact, Facts, Run, Values } from "./fact.ts";

export interface Condition<Context> {
  /** Completes a sentence after "only when": "the node joins as a control plane". */
  readonly describe: string;
  holds(run: Run<Context>): Promise<boolean>;
}

export interface Phase<Context> {
  /** kebab-case, one word of a full name: "certs" in "control-plane-prepare/certs". */
  readonly name: string;
  /** Other names of the subcommand; --skip-phases only accepts the first one. */
  readonly aliases?: readonly string[];
  /** One line for the list of phases and for the subcommand. */
  readonly summary: string;
  /** The subcommand's longer help. */
  readonly description?: string;
  readonly example?: string;
  /** Runs in the whole flow, but has neither a line in the list nor a subcommand. */
  readonly hidden?: boolean;
  /** Names of the flags of the phase's own subcommand. */
  readonly flags?: readonly string[];
  /** The subcommand accepts the parent command's argument; "ignored": accepts it and does not use it. */
  readonly takesArgument?: boolean | "ignored";
  /** Files, services and objects that the phase may change, for plans and docs. */
  readonly writes?: readonly string[];
  readonly when?: Condition<Context>;
  /** Full names of phases that have to run as well. */
  readonly needs?: readonly string[];
  readonly phases?: readonly Phase<Context>[];
  /** The help text of the subcommand that runs all children; "none": there is no such subcommand. */
  readonly all?: "none" | Pick<Phase<Context>, "summary" | "example">;
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
   * Runs instead of `run` in a dry run. A phase needs it only where the adapters of a dry run (host, connections, events)
   * are not enough: it waits for something that does not exist, or upstream prints what it would do.
   */
  dryRun?(values: Values<F>, run: Run<Context>): Promise<void>;
}

/** Hides a phase's facts behind a closure, so that phases of different types can be in one list. */
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

/** Returns the phase with a condition for running it, written next to its name in the ordered list. */
export function when<Context>(condition: Condition<Context>, phase: Phase<Context>): Phase<Context> {
  return { ...phase, when: condition };
}

/** Names of the flags of the subcommand that runs the phase with its children; their flags if it names none itself. */
export function flagsOfPhase<Context>({ flags, phases = [] }: Phase<Context>): readonly string[] {
  return flags ?? phases.filter(({ hidden }) => hidden !== true).flatMap((child) => child.flags ?? []);
}

/** A phase that only contains other phases. */
export function group<Context>(
  spec: Pick<
    Phase<Context>,
    "name" | "aliases" | "summary" | "description" | "example" | "flags" | "takesArgument" | "hidden" | "all"
  >,
  ...phases: readonly Phase<Context>[]
): Phase<Context> {
  return { ...spec, phases };
}
