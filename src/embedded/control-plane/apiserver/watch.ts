import type { Clock } from "../../../async/clock.ts";
import type { StoredObject } from "./objects.ts";
import { badRequest, type GroupResource, StatusError } from "./status.ts";
import type { Storage, StorageChange } from "./storage.ts";

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  /** A Status if the type is ERROR; only metadata with a resource version if it is BOOKMARK. */
  readonly object: StoredObject | { readonly [field: string]: unknown };
}

export interface WatchOptions {
  readonly storage: Storage;
  readonly resource: GroupResource;
  /** `apiVersion` and `kind` of bookmarks. */
  readonly type: { readonly apiVersion: string; readonly kind: string };
  readonly matches: (object: StoredObject) => boolean;
  readonly resourceVersion: string;
  readonly sendInitialEvents: boolean;
  readonly allowBookmarks: boolean;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Pause between bookmarks of a quiet watch; upstream's watch cache sends them about once a minute. */
const bookmarkEveryMs = 60_000;

/**
 * The changes of a resource as one client sees them. Without a resource version, or with "0", the current objects come
 * first; with a version that is too old the only event is an ERROR with 410, same as upstream.
 */
export async function* watch(options: WatchOptions): AsyncGenerator<WatchEvent> {
  const { storage, resource, clock, signal } = options;
  const queue = new ChangeQueue();
  const ended = new AbortController();
  const end = AbortSignal.any([signal, ended.signal]);
  const unsubscribe = storage.subscribe(resource, (change) => queue.push(change));
  const closeOn = () => queue.close();
  end.addEventListener("abort", closeOn, { once: true });
  if (end.aborted) queue.close();
  repeatUntil(end, clock, options.timeoutMs, () => queue.close());
  if (options.allowBookmarks) repeatUntil(end, clock, bookmarkEveryMs, () => queue.push("bookmark"));
  try {
    yield* initialEvents(options);
    for await (const next of queue) {
      if (next === "bookmark") yield bookmark(options, {});
      else yield* eventsOf(next, options.matches);
    }
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    yield { type: "ERROR", object: error.toStatus() };
  } finally {
    unsubscribe();
    ended.abort();
  }
}

function* initialEvents(options: WatchOptions): Generator<WatchEvent> {
  const { storage, resource, resourceVersion, matches } = options;
  const startsWithState = options.sendInitialEvents || resourceVersion === "" || resourceVersion === "0";
  if (!startsWithState) {
    if (!/^\d+$/.test(resourceVersion)) throw badRequest(`invalid resource version: ${resourceVersion}`);
    for (const change of storage.changesSince(resource, Number(resourceVersion))) yield* eventsOf(change, matches);
    return;
  }
  for (const object of storage.list(resource)) if (matches(object)) yield { type: "ADDED", object };
  if (options.sendInitialEvents && options.allowBookmarks) {
    yield bookmark(options, { "k8s.io/initial-events-end": "true" });
  }
}

function bookmark({ storage, type }: WatchOptions, annotations: Readonly<Record<string, string>>): WatchEvent {
  const metadata = {
    resourceVersion: String(storage.revision),
    creationTimestamp: null,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  return { type: "BOOKMARK", object: { ...type, metadata } };
}

/** An object that starts or stops matching a selector is ADDED or DELETED to the watcher, whatever happened to it. */
function* eventsOf(change: StorageChange, matches: (object: StoredObject) => boolean): Generator<WatchEvent> {
  const { previous, current } = change;
  const didMatch = previous !== undefined && matches(previous);
  const doesMatch = current !== undefined && matches(current);
  if (doesMatch) yield { type: didMatch ? "MODIFIED" : "ADDED", object: current };
  else if (didMatch) {
    const metadata = { ...previous.metadata, resourceVersion: String(change.revision) };
    yield { type: "DELETED", object: { ...previous, metadata } };
  }
}

function repeatUntil(signal: AbortSignal, clock: Clock, everyMs: number, action: () => void): void {
  const sleepOn = async () => {
    while (!signal.aborted) {
      await clock.sleep(everyMs, signal);
      action();
    }
  };
  sleepOn().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

class ChangeQueue implements AsyncIterable<StorageChange | "bookmark"> {
  readonly #waiting: (StorageChange | "bookmark")[] = [];
  #wake: (() => void) | undefined;
  #isClosed = false;

  push(item: StorageChange | "bookmark"): void {
    this.#waiting.push(item);
    this.#wake?.();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StorageChange | "bookmark"> {
    while (true) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else if (this.#isClosed) return;
      else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
        this.#wake = undefined;
      }
    }
  }
}
