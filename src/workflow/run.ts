import type { Clock } from "../async/clock.ts";
import { abortable, throwIfAborted } from "../async/signal.ts";
import { isKubeadmError, KubeadmError, messageOf, withContext } from "../errors/kubeadm-error.ts";
import { type Events, holdEvents } from "../events/events.ts";
import { FactStore, type Run } from "./fact.ts";
import type { Step } from "./plan.ts";

/** Milliseconds that all undo actions of one phase have together; its end-of-phase actions have as long again. */
const cleanupDeadlineMs = 10_000;

export interface RunOptions<Context> {
  readonly context: Context;
  readonly events: Events;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Phases and facts that have a `dryRun` run it; the host and the connections of the context are a dry run's, too. */
  readonly dryRun: boolean;
  /** Turns an error of a port that a phase did not handle into a user's error; returns any other error unchanged. */
  readonly explain?: (error: unknown) => unknown;
  /** Runs before the first step, outside all phases: for what every step requires. */
  readonly begin?: (run: Pick<Run<Context>, "context" | "events" | "signal" | "value">) => Promise<void>;
  /** Runs after the last step, outside all phases: for a closing message that needs facts. */
  readonly finish?: (run: Pick<Run<Context>, "context" | "events" | "signal" | "value">) => Promise<void>;
}

type Cleanup = { readonly name: string; readonly action: (signal: AbortSignal) => Promise<void> };

/**
 * Runs the steps in order. If a phase fails, runs the actions that it registered with `onFailure`, then throws
 * `error execution phase <name>: <cause>`, same as upstream.
 */
export async function runSteps<Context>(steps: readonly Step<Context>[], options: RunOptions<Context>): Promise<void> {
  const facts = new FactStore<Context>(options.dryRun);
  await options.begin?.(runOutsidePhases(facts, options));
  for (const step of steps) await runStep(step, facts, options);
  await options.finish?.(runOutsidePhases(facts, options));
}

/** Returns a run that registers nothing: there is no phase that could end or fail. */
function runOutsidePhases<Context>(facts: FactStore<Context>, { context, events, signal }: RunOptions<Context>) {
  const run: Run<Context> = {
    context,
    events,
    signal,
    value: (fact) => facts.value(fact, run),
    prefetch: () => () => undefined,
    onFailure: () => undefined,
    onPhaseEnd: () => undefined,
  };
  return run;
}

async function runStep<Context>(step: Step<Context>, facts: FactStore<Context>, options: RunOptions<Context>) {
  const { clock } = options;
  const events = options.events.within(step.fullName);
  const started = clock.monotonic();
  const undo: Cleanup[] = [];
  const atEnd: Cleanup[] = [];
  const run: Run<Context> = {
    context: options.context,
    signal: options.signal,
    events,
    value: (fact) => facts.value(fact, run),
    prefetch: (fact) => {
      if (options.dryRun) return () => undefined;
      const held = holdEvents(events);
      const early: Run<Context> = { ...run, events: held, value: (other) => facts.value(other, early) };
      void facts.value(fact, early);
      return held.release;
    },
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
  events.emit("phase.finished", { durationMs: clock.monotonic() - started });
}

function named(error: unknown, phase: string): unknown {
  if (isKubeadmError(error) && error.code === "CANCELLED") {
    return new KubeadmError("CANCELLED", `interrupted in phase ${phase}`, { details: { ...error.details, phase } });
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
