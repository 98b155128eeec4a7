import type { Clock } from "../../../async/clock.ts";
import { type GroupResource, StatusError } from "../apiserver/status.ts";
import type { Storage, StorageChange } from "../apiserver/storage.ts";

export interface ControllerContext {
  readonly storage: Storage;
  readonly clock: Clock;
  /** Called for every failed turn; the controller then tries again. */
  readonly onError: (error: unknown) => void;
}

export interface Controller {
  /** The names in kube-controller-manager's --controllers. */
  readonly name: string;
  start(): void;
  stop(): void;
}

/** Milliseconds until this key is processed again; undefined if nothing is left to do. */
export type Again = { readonly afterMs: number } | undefined;

export interface ReconcilerOptions {
  readonly name: string;
  readonly watches: readonly GroupResource[];
  /** The keys that a change affects; empty if the controller does not handle it. */
  readonly keysOf: (change: StorageChange) => readonly string[];
  /** The keys that are pending when the controller starts. */
  readonly initialKeys: () => readonly string[];
  readonly reconcile: (key: string) => Promise<Again>;
}

/** Pauses after failures: client-go's exponential limiter begins with 200 ms for certificate controllers. */
const firstRetryMs = 200;
const longestRetryMs = 1_000_000;

/** A controller: a queue of keys, processed one at a time after a change. */
export function reconciler(context: ControllerContext, options: ReconcilerOptions): Controller {
  let running: { readonly abort: AbortController; readonly unsubscribe: readonly (() => void)[] } | undefined;
  const start = () => {
    if (running !== undefined) return;
    const abort = new AbortController();
    const queue = new WorkQueue(context, options, abort.signal);
    const unsubscribe = options.watches.map((resource) =>
      context.storage.subscribe(resource, (change) => queue.add(options.keysOf(change))),
    );
    running = { abort, unsubscribe };
    queue.add(options.initialKeys());
  };
  const stop = () => {
    running?.abort.abort();
    for (const unsubscribe of running?.unsubscribe ?? []) unsubscribe();
    running = undefined;
  };
  return { name: options.name, start, stop };
}

class WorkQueue {
  readonly #context: ControllerContext;
  readonly #options: ReconcilerOptions;
  readonly #signal: AbortSignal;
  readonly #waiting = new Set<string>();
  readonly #failures = new Map<string, number>();
  #isWorking = false;

  constructor(context: ControllerContext, options: ReconcilerOptions, signal: AbortSignal) {
    this.#context = context;
    this.#options = options;
    this.#signal = signal;
  }

  add(keys: readonly string[]): void {
    for (const key of keys) this.#waiting.add(key);
    if (this.#isWorking || this.#waiting.size === 0) return;
    this.#isWorking = true;
    // In a later turn, so that the author of the change gets the answer before the controller acts on it.
    setImmediate(() => this.#work().catch(this.#context.onError));
  }

  async #work(): Promise<void> {
    try {
      for (const key of this.#waiting) {
        if (this.#signal.aborted) return;
        this.#waiting.delete(key);
        await this.#turn(key);
      }
    } finally {
      this.#isWorking = false;
      // A controller that was stopped leaves its keys: another turn would only find that out again.
      if (!this.#signal.aborted) this.add([]);
    }
  }

  async #turn(key: string): Promise<void> {
    try {
      const again = await this.#options.reconcile(key);
      this.#failures.delete(key);
      if (again !== undefined) this.#addLater(key, again.afterMs);
    } catch (error) {
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      // Another writer was faster: normal, and retried like other failures.
      if (!(error instanceof StatusError && (error.code === 404 || error.code === 409))) this.#context.onError(error);
      this.#addLater(key, Math.min(firstRetryMs * 2 ** failures, longestRetryMs));
    }
  }

  #addLater(key: string, ms: number): void {
    this.#context.clock.sleep(ms, this.#signal).then(
      () => this.add([key]),
      (error: unknown) => {
        if (!this.#signal.aborted) this.#context.onError(error);
      },
    );
  }
}
