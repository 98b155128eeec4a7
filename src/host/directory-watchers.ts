import { dirname } from "node:path/posix";
import { abortable } from "../async/signal.ts";

/** Waits for changes of entries in memory, for the adapters that keep entries there. */
export interface DirectoryWatchers {
  changed(directory: string, signal: AbortSignal): Promise<void>;
  /** Reports that an entry at the path was created, changed or removed. */
  notify(path: string): void;
}

export function directoryWatchers(): DirectoryWatchers {
  const waiting = new Set<{ readonly directory: string; readonly wake: () => void }>();
  return {
    changed: async (directory, signal) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiter = { directory, wake: resolve };
      waiting.add(waiter);
      try {
        await abortable(promise, signal);
      } finally {
        waiting.delete(waiter);
      }
    },
    notify: (path) => {
      for (const { directory, wake } of waiting) if (directory === path || directory === dirname(path)) wake();
    },
  };
}
