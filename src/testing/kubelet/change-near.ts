import { existsSync, watch } from "node:fs";
import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import { localClock } from "../../host/local/clock.ts";

/** A file event may be missed, where a parent directory comes to be at the same moment. */
const lookAgainMs = 50;

/** The next event in the directory, or a short while. */
export async function changeNear(directory: string, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const watcher = existsSync(directory) ? watch(directory, () => over.abort()) : undefined;
  watcher?.on("error", () => over.abort());
  try {
    await localClock.sleep(lookAgainMs, either);
  } catch (error) {
    if (signal.aborted || !isKubeadmError(error)) throw error;
  } finally {
    watcher?.close();
  }
}
