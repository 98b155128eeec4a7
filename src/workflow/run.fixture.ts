import type { Clock } from "../async/clock.ts";
import { KubeadmError } from "../errors/kubeadm-error.ts";
import type { Event } from "../events/event.ts";
import { eventsTo } from "../events/events.ts";
import type { Run } from "./fact.ts";
import { definePhase, type Phase } from "./phase.ts";
import { type PlanOptions, plan } from "./plan.ts";
import { type RunOptions, runSteps } from "./run.ts";

export interface Context {
  /** The events, in order. */
  readonly done: string[];
}

export type Action = (run: Run<Context>) => void | Promise<void>;

/** A phase that records its name and then runs the given function. */
export function phase(name: string, action: Action = () => undefined): Phase<Context> {
  return definePhase<Context>()({
    name,
    summary: `Summary of ${name}`,
    reads: {},
    run: async (_, run) => {
      run.context.done.push(name);
      await action(run);
    },
  });
}

/** Returns what sets a run up, with a clock of its own. */
export function setUpBy<C extends Clock>(newClock: () => C) {
  return (phases: readonly Phase<Context>[], options: PlanOptions = {}) => {
    const context: Context = { done: [] };
    const told: Event[] = [];
    const clock = newClock();
    const controller = new AbortController();
    const events = eventsTo((event) => told.push(event), clock.now);
    const run = (more: Partial<Pick<RunOptions<Context>, "begin" | "finish" | "dryRun">> = {}) =>
      runSteps(plan(phases, options), { context, events, signal: controller.signal, clock, dryRun: false, ...more });
    const named = () => told.map(({ phase: name, type }) => `${name ?? ""} ${type}`);
    return { run, context, told, named, clock, controller };
  };
}

export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error("did not fail"),
    (reason: unknown) => reason,
  );
}

/** A failure of the user's machine. */
export const cause = new KubeadmError("KUBELET_MISSING", "kubelet not found", {
  details: { path: "/usr/bin" },
  remedy: "Install it.",
});
