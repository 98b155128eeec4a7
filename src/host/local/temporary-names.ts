import { basename, dirname, join } from "node:path/posix";
import { isAlive } from "./processes.ts";

/**
 * Names of files while they are being written. They begin with a dot: the kubelet ignores such files in its manifest
 * directory. `.kubeadm-<pid>-<run>-<number>` identifies the run, so that the leftovers of a killed run can be removed
 * while the files of a running one stay.
 */
export interface TemporaryNames {
  /** Returns a new name in the directory of `path`. */
  beside(path: string): string;
  /** Removes the leftovers of runs that have ended from the directory, once for each directory. Never fails. */
  sweep(directory: string): Promise<void>;
}

const temporaryPrefix = ".kubeadm-";

const pattern = /^\.kubeadm-([0-9]+)-([0-9a-f]{16})-[0-9]+$/;

export function temporaryNames(): TemporaryNames {
  let run: string | undefined;
  const runName = () => {
    run ??= crypto.randomUUID().replaceAll("-", "").slice(0, 16);
    return run;
  };
  const swept = new Set<string>();
  let last = 0;
  return {
    beside: (path) => join(dirname(path), `${temporaryPrefix}${process.pid}-${runName()}-${++last}`),
    sweep: async (directory) => {
      if (swept.has(directory)) return;
      swept.add(directory);
      await sweep(directory, (pid, name) => (pid === process.pid ? name !== runName() : !isAlive(pid)));
    },
  };
}

async function sweep(directory: string, isStray: (pid: number, run: string) => boolean): Promise<void> {
  const { readdir, unlink } = await import("node:fs/promises");
  const names = await readdir(directory).catch((): string[] => []);
  for (const name of names) {
    const [, pid, run] = pattern.exec(basename(name)) ?? [];
    if (pid === undefined || run === undefined || !isStray(Number(pid), run)) continue;
    await unlink(join(directory, name)).catch(() => undefined);
  }
}
