import { type Dirent, lstatSync, readdirSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Directories of this machine that kubeadm writes to if a test forgets to pass another root. */
const guarded = ["/etc/kubernetes", "/var/lib/kubelet"];

export interface MachineGuard {
  /** Ends the watch. Returns sentences about what was changed since the start; none if nothing was. */
  end(): readonly string[];
}

/**
 * Watches the directories that no test may change. Notices entries that are created and removed again, except below a
 * directory that existed before.
 */
export function guardMachine(directories: readonly string[] = guarded): MachineGuard {
  const before = directories.map(listing);
  const appeared = new Set<string>();
  const watchers = directories.flatMap((directory) => {
    try {
      const watcher = watch(dirname(directory), (_event, name) => {
        if (name === basename(directory)) appeared.add(directory);
      });
      return [watcher.on("error", () => undefined).unref()];
    } catch {
      return []; // The parent is not there: the listing at the end says whether it has come.
    }
  });
  return {
    end: () => {
      for (const watcher of watchers) watcher.close();
      return directories
        .filter((directory, index) => appeared.has(directory) || listing(directory) !== before[index])
        .map((directory) => `a test has touched ${directory} of this machine`);
    },
  };
}

/** Every entry with its type, size and times of change, as comparable text. */
function listing(directory: string): string {
  const status = lstatSync(directory, { throwIfNoEntry: false });
  if (status === undefined) return "none";
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true, recursive: true });
  } catch {
    return `unreadable ${status.ctimeMs}`;
  }
  const lines = entries.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    return `${path} ${found?.mode} ${found?.size} ${found?.ctimeMs}`;
  });
  return [`${status.mode} ${status.ctimeMs}`, ...lines.sort()].join("\n");
}
