import { basename, dirname, join } from "node:path/posix";
import { started } from "../../async/started.ts";
import { isAlive, startTicks } from "./processes.ts";

/**
 * Names of files while they are being written. They begin with a dot: the kubelet ignores such files in its manifest
 * directory. `.kubeadm-<pid>-<process>-<number>` identifies the process, so that the leftovers of a killed run can be removed
 * while the files of a running one stay. A pid alone would not: other processes get it, and other pid namespaces have it,
 * too.
 */
export interface TemporaryNames {
  /** Returns a new name in the directory of `path`. */
  beside(path: string): Promise<string>;
  /** Removes the leftovers of runs that have ended from the directory, once for each directory. Never fails. */
  sweep(directory: string): Promise<void>;
}

const temporaryPrefix = ".kubeadm-";

const pattern = /^\.kubeadm-([0-9]+)-([0-9a-f]{8})([0-9a-f]{8})-[0-9]+$/;

export function temporaryNames(): TemporaryNames {
  let own: Promise<OwnProcess> | undefined;
  const ownProcess = () => {
    own ??= started(findOwnProcess());
    return own;
  };
  const swept = new Set<string>();
  // Another boot may have had a process with the same pid and the same start.
  let last = Math.floor(Math.random() * 1e9);
  return {
    beside: async (path) => {
      const { namespace, start } = await ownProcess();
      return join(dirname(path), `${temporaryPrefix}${process.pid}-${namespace}${start}-${++last}`);
    },
    sweep: async (directory) => {
      if (swept.has(directory)) return;
      swept.add(directory);
      await sweep(directory, await ownProcess());
    },
  };
}

/** Eight hexadecimal digits each. */
interface OwnProcess {
  readonly namespace: string;
  readonly start: string;
  /** Whether what /proc shows under a pid is the process that has it in this program's namespace. */
  readonly seesOthers: boolean;
}

async function findOwnProcess(): Promise<OwnProcess> {
  const { readlink } = await import("node:fs/promises");
  const link = (path: string) => readlink(path).catch(() => "");
  const [namespace, self, start] = await Promise.all([link("/proc/self/ns/pid"), link("/proc/self"), startOf("self")]);
  return {
    namespace: eightDigits(/\d+/.exec(namespace)?.[0] ?? "0"),
    start: start ?? eightDigits(String(Math.floor(performance.timeOrigin))),
    seesOthers: process.platform === "linux" ? namespace !== "" && self === String(process.pid) : true,
  };
}

/** When a process has started; undefined if it has ended, or if /proc does not show it. */
async function startOf(pid: number | "self"): Promise<string | undefined> {
  const { readFile } = await import("node:fs/promises");
  const ticks = startTicks(await readFile(`/proc/${pid}/stat`, "latin1").catch(() => ""));
  return ticks === undefined ? undefined : eightDigits(ticks);
}

function eightDigits(decimal: string): string {
  return BigInt.asUintN(32, BigInt(decimal)).toString(16).padStart(8, "0");
}

/** What a process of another namespace has left stays: nobody here can tell whether it still writes. */
async function sweep(directory: string, { namespace, seesOthers }: OwnProcess): Promise<void> {
  if (!seesOthers) return;
  const { readdir, unlink } = await import("node:fs/promises");
  const names = await readdir(directory).catch((): string[] => []);
  for (const name of names) {
    const [, pid, where, start] = pattern.exec(basename(name)) ?? [];
    if (pid === undefined || where !== namespace) continue;
    const found = await startOf(Number(pid));
    // /proc may hide the processes of other users.
    if (found === undefined ? isAlive(Number(pid)) : found === start) continue;
    await unlink(join(directory, name)).catch(() => undefined);
  }
}
