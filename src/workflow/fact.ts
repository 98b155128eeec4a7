import { started } from "../async/started.ts";
import type { Events } from "../events/events.ts";

/**
 * A value that a run loads at most once, when something first asks for it. This is what lets every phase run alone: a
 * phase takes what it needs from facts, never from what an earlier phase left in memory.
 */
export interface Fact<Context, T> {
  readonly name: string;
  load(run: Run<Context>): Promise<T>;
  /** Runs instead of `load` in a dry run: for a value that only a real run could have. */
  dryRun?(run: Run<Context>): Promise<T>;
}

export type Facts<Context> = Readonly<Record<string, Fact<Context, unknown>>>;

export type Values<F> = { readonly [K in keyof F]: F[K] extends Fact<never, infer T> ? T : never };

/** What a phase works with: the context of its command, the facts of the run, its signal, and its events. */
export interface Run<Context> {
  readonly context: Context;
  readonly signal: AbortSignal;
  readonly events: Events;
  /** Loads a fact, or returns what an earlier call loaded; a failure is remembered like a value. */
  value<T>(fact: Fact<Context, T>): Promise<T>;
  /**
   * Starts loading a fact while the phase does something else. The events of the load are held back until the returned
   * function is called, so that they appear where the phase asks for the fact; they are lost if it is never called. A
   * dry run shows each request when it is made, so nothing is loaded early. A load that still runs when the run ends is
   * aborted.
   */
  prefetch(fact: Fact<Context, unknown>): () => void;
  /**
   * Registers an action that undoes something if the phase fails; the last one runs first. `name` says what it does.
   */
  onFailure(name: string, undo: (signal: AbortSignal) => Promise<void>): void;
  /** Registers an action for the end of the phase, whether it succeeds or not. */
  onPhaseEnd(name: string, action: (signal: AbortSignal) => Promise<void>): void;
}

/** Remembers the facts of one run; concurrent callers share one load. */
export class FactStore<Context> {
  readonly #values = new Map<Fact<Context, unknown>, Promise<unknown>>();
  readonly #isDryRun: boolean;

  constructor(isDryRun: boolean) {
    this.#isDryRun = isDryRun;
  }

  value<T>(fact: Fact<Context, T>, run: Run<Context>): Promise<T> {
    const known = this.#values.get(fact as Fact<Context, unknown>);
    if (known !== undefined) return known as Promise<T>;
    // A fact that was only started early may never be needed.
    const loading = started(this.#isDryRun && fact.dryRun !== undefined ? fact.dryRun(run) : fact.load(run));
    this.#values.set(fact as Fact<Context, unknown>, loading);
    return loading;
  }
}
