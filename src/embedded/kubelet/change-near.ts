import { existsSync, type FSWatcher, watch } from "node:fs";
import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import { localClock } from "../../host/local/clock.ts";

/** A file event may be missed if a parent directory is created at the same moment. */
const lookAgainMs = 50;

/** Resolves at the next event in the directory, or after a short while. */
export async function changeNear(directory: string, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const watcher = watched(directory, () => over.abort());
  try {
    await localClock.sleep(lookAgainMs, either);
  } catch (error) {
    if (signal.aborted || !isKubeadmError(error)) throw error;
  } finally {
    watcher?.close();
  }
}

/** Undefined if the directory is missing, or the machine has no inotify watches left. */
function watched(directory: string, onChange: () => void): FSWatcher | undefined {
  if (!existsSync(directory)) return undefined;
  try {
    return watch(directory, onChange).on("error", onChange);
  } catch {
    return undefined;
  }
}
