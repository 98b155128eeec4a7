import type { Clock } from "../async/clock.ts";
import { abortable, throwIfAborted } from "../async/signal.ts";
import { isKubeadmError, KubeadmError, messageOf, withContext } from "../errors/kubeadm-error.ts";
import { type Events, holdEvents } from "../events/events.ts";
import { type Fact, FactStore, type Run } from "./fact.ts";
import type { Step } from "./plan.ts";

/** Milliseconds that all undo actions of one phase have together; its end-of-phase actions have as long again. */
const cleanupDeadlineMs = 10_000;

/** What has been done by an earlier run that this one continues, and by this one. */
export interface StepLog {
  /** Called before a phase runs, and not for one that only groups others. "done": it is skipped. */
  begin(
    name: string,
    resumption: "once" | "repeat" | "continue",
    isStillDone: () => Promise<boolean>,
  ): Promise<"done" | "run">;
  /** Called after a phase has succeeded. */
  end(name: string): void;
}

export interface RunOptions<Context, T> {
  readonly context: Context;
  readonly events: Events;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Phases and facts that have a `dryRun` run it; the host and the connections of the context are a dry run's, too. */
  readonly dryRun: boolean;
  readonly log?: StepLog;
  /** Turns an error of a port that a phase did not handle into a user's error; returns any other error unchanged. */
  readonly explain?: (error: unknown) => unknown;
  /** Runs before the first step, outside all phases: for what every step requires. */
  readonly begin?: (run: RunOutsidePhases<Context>) => Promise<void>;
  /** Runs after the last step, outside all phases: for a closing message that needs facts. Returns the result. */
  readonly finish: (run: RunOutsidePhases<Context>) => Promise<T>;
}

type StepOptions<Context> = Omit<RunOptions<Context, unknown>, "finish">;

/** A run before its first phase, or after its last one. */
export type RunOutsidePhases<Context> = Pick<Run<Context>, "context" | "events" | "signal" | "value" | "prefetch">;

type Cleanup = { readonly name: string; readonly action: (signal: AbortSignal) => Promise<void> };

/**
 * Runs the steps in order, and returns the result of `finish`. If a phase fails, runs the actions that it registered with
 * `onFailure`, then throws `error execution phase <name>: <cause>`, same as upstream.
 */
export async function runSteps<Context, T>(
  steps: readonly Step<Context>[],
  options: RunOptions<Context, T>,
): Promise<T> {
  const facts = new FactStore<Context>(options.dryRun);
  const over = new AbortController();
  const early: EarlyLoads<Context> = { facts, dryRun: options.dryRun, over: over.signal };
  try {
    await options.begin?.(runOutsidePhases(early, options));
    for (const step of steps) await runStep(step, early, options);
    return await options.finish(runOutsidePhases(early, options));
  } finally {
    // Nothing asks any more for what was only started early.
    over.abort();
  }
}

interface EarlyLoads<Context> {
  readonly facts: FactStore<Context>;
  readonly dryRun: boolean;
  /** Aborted when the run has ended. */
  readonly over: AbortSignal;
}

function prefetched<Context>(fact: Fact<Context, unknown>, run: Run<Context>, loads: EarlyLoads<Context>): () => void {
  const { facts, dryRun, over } = loads;
  if (dryRun) return () => undefined;
  const held = holdEvents(run.events);
  const signal = AbortSignal.any([run.signal, over]);
  const early: Run<Context> = {
    ...{ ...run, signal, events: held },
    value: (other) => facts.value(other, early),
    prefetch: (other) => prefetched(other, early, loads),
  };
  void facts.value(fact, early);
  return held.release;
}

/** Returns a run that registers nothing: there is no phase that could end or fail. */
function runOutsidePhases<Context>(early: EarlyLoads<Context>, { context, events, signal }: StepOptions<Context>) {
  const run: Run<Context> = {
    context,
    events,
    signal,
    value: (fact) => early.facts.value(fact, run),
    prefetch: (fact) => prefetched(fact, run, early),
    onFailure: () => undefined,
    onPhaseEnd: () => undefined,
  };
  return run;
}

async function runStep<Context>(step: Step<Context>, early: EarlyLoads<Context>, options: StepOptions<Context>) {
  const { clock } = options;
  const events = options.events.within(step.fullName);
  const started = clock.monotonic();
  const undo: Cleanup[] = [];
  const atEnd: Cleanup[] = [];
  const run: Run<Context> = {
    context: options.context,
    signal: options.signal,
    events,
    value: (fact) => early.facts.value(fact, run),
    prefetch: (fact) => prefetched(fact, run, early),
    onFailure: (name, action) => undo.push({ name, action }),
    onPhaseEnd: (name, action) => atEnd.push({ name, action }),
  };
  if (step.skipped) return events.emit("phase.skipped", { reason: "skip-phases" });
  const { phase } = step;
  const action = options.dryRun && phase.dryRun !== undefined ? phase.dryRun : phase.run;
  if (action === undefined) return;
  try {
    throwIfAborted(options.signal);
    if (phase.when !== undefined && !(await phase.when.holds(run))) {
      return events.emit("phase.skipped", { reason: `only when ${phase.when.describe}` });
    }
    const isStillDone = async () => (await phase.isStillDone?.(run)) ?? true;
    if ((await options.log?.begin(step.fullName, phase.resumption ?? "once", isStillDone)) === "done") {
      return events.emit("phase.skipped", { reason: "already done by an earlier run" });
    }
    events.emit("phase.started", { summary: phase.summary });
    await action(run);
  } catch (thrown) {
    const error = options.explain?.(thrown) ?? thrown;
    await unwind(undo, events);
    await unwind(atEnd, events);
    const code = isKubeadmError(error) ? error.code : "INTERNAL";
    events.emit("phase.failed", { durationMs: clock.monotonic() - started, code });
    throw named(error, step.fullName);
  }
  await unwind(atEnd, events);
  options.log?.end(step.fullName);
  events.emit("phase.finished", { durationMs: clock.monotonic() - started });
}

function named(error: unknown, phase: string): unknown {
  if (isKubeadmError(error) && error.code === "CANCELLED") {
    const { cause, details } = error;
    return new KubeadmError("CANCELLED", `interrupted in phase ${phase}`, { cause, details: { ...details, phase } });
  }
  return withContext(error, `error execution phase ${phase}`);
}

/** Last in, first out, under a separate deadline: the run's signal may be what ended the run. */
async function unwind(cleanups: readonly Cleanup[], events: Events): Promise<void> {
  const signal = AbortSignal.timeout(cleanupDeadlineMs);
  for (const { name, action } of cleanups.toReversed()) {
    try {
      await abortable(action(signal), signal);
    } catch (error) {
      events.emit("warning", { message: `could not ${name}: ${messageOf(error)}` });
    }
  }
}
