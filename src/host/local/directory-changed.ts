import type { FSWatcher, watch } from "node:fs";
import { dirname } from "node:path/posix";
import { abortReason, throwIfAborted } from "../../async/signal.ts";
import { started } from "../../async/started.ts";
import { errnoOf } from "../system-errors.ts";

let fs: { readonly watch: typeof watch } | undefined;

/**
 * `Files.changed` of the machine's own file system. If the directory exists, the watch is active when the call returns
 * its promise (after the very first call, which loads the module): a caller that calls this before checking does not
 * miss a change during the check. If the directory does not exist, its parent is watched until it does.
 */
export async function directoryChanged(directory: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    throwIfAborted(signal);
    fs ??= await import("node:fs");
    if ((await nextEvent(fs.watch, directory, { signal })) === "event") return;
    const place = await nearestDirectory(directory);
    const isPast = async () => (await nearestDirectory(directory)) !== place;
    await nextEvent(fs.watch, place, { signal, isPast });
    if ((await nearestDirectory(directory)) === directory) return;
  }
}

async function nearestDirectory(directory: string): Promise<string> {
  const { stat } = await import("node:fs/promises");
  for (let place = directory; ; place = dirname(place)) {
    if (place === "/" || (await stat(place).catch(() => undefined)) !== undefined) return place;
  }
}

type Outcome = "event" | "missing";

interface EventOptions {
  readonly signal: AbortSignal;
  /** The expected change happened before the watch was active. */
  readonly isPast?: () => Promise<boolean>;
}

async function nextEvent(watchIn: typeof watch, place: string, { signal, isPast }: EventOptions): Promise<Outcome> {
  throwIfAborted(signal);
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const onAbort = () => reject(abortReason(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  // The abort may come while `isPast` is running; a caller that awaits the promise later still receives it.
  void started(promise);
  const watcher = open(watchIn, place, resolve);
  try {
    if (isPast !== undefined && (await isPast())) return "event";
    return await promise;
  } finally {
    watcher?.close();
    signal.removeEventListener("abort", onAbort);
  }
}

/** Undefined if the machine has no inotify watches left (ENOSPC, EMFILE): then only the abort ends the wait. */
function open(watchIn: typeof watch, place: string, onOutcome: (outcome: Outcome) => void): FSWatcher | undefined {
  const onError = (error: unknown) => {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error))) onOutcome("missing");
  };
  try {
    const watcher = watchIn(place, () => onOutcome("event"));
    watcher.on("error", onError);
    return watcher;
  } catch (error) {
    onError(error);
    return undefined;
  }
}
