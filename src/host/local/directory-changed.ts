import type { FSWatcher } from "node:fs";
import { dirname } from "node:path/posix";
import { abortReason, throwIfAborted } from "../../async/signal.ts";
import { errnoOf } from "../system-errors.ts";

/** `Files.changed` of the machine's own file system; a directory that is not there yet is awaited above it. */
export async function directoryChanged(directory: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    throwIfAborted(signal);
    const place = await nearestDirectory(directory);
    await nextEvent(place, { signal, isPast: async () => (await nearestDirectory(directory)) !== place });
    if (place === directory || (await nearestDirectory(directory)) === directory) return;
  }
}

async function nearestDirectory(directory: string): Promise<string> {
  const { stat } = await import("node:fs/promises");
  for (let place = directory; ; place = dirname(place)) {
    if (place === "/" || (await stat(place).catch(() => undefined)) !== undefined) return place;
  }
}

interface EventOptions {
  readonly signal: AbortSignal;
  /** What is waited for has happened before the watch was in place. */
  readonly isPast: () => Promise<boolean>;
}

async function nextEvent(place: string, { signal, isPast }: EventOptions): Promise<void> {
  const { watch } = await import("node:fs");
  throwIfAborted(signal);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(abortReason(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  // The abort may come while `isPast` looks; whoever awaits the promise later still gets it.
  promise.catch(() => undefined);
  let watcher: FSWatcher | undefined;
  try {
    watcher = open(watch, place, resolve);
    if (!(await isPast())) await promise;
  } finally {
    watcher?.close();
    signal.removeEventListener("abort", onAbort);
  }
}

/** Undefined where the machine has no inotify watches left (ENOSPC, EMFILE): then only the abort ends the wait. */
function open(watch: typeof import("node:fs").watch, place: string, onEvent: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(place, onEvent);
    watcher.on("error", () => undefined);
    return watcher;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") onEvent();
    return undefined;
  }
}
