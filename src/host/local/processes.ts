import { orElse } from "../../async/or-else.ts";
import { FileError } from "../file-error.ts";
import type { Files, Processes } from "../host.ts";
import { localPidNamespaces } from "./pid-namespaces.ts";

/** The processes that /proc shows; elsewhere, whether a pid is in use. */
export function localProcesses(files: Pick<Files, "readText" | "status" | "list">): Processes {
  const identity: Processes["identity"] = async (pid) => {
    if (process.platform !== "linux") return isAlive(pid) ? "alive" : undefined;
    const [stat, boot] = await Promise.all([
      readText(files, `/proc/${pid}/stat`),
      readText(files, "/proc/sys/kernel/random/boot_id"),
    ]);
    const ticks = startTicks(stat ?? "");
    return ticks === undefined ? undefined : `${boot?.trim() ?? ""}:${ticks}`;
  };
  return process.platform === "linux" ? { identity, namespaces: localPidNamespaces(files, identity) } : { identity };
}

/**
 * Returns when a process started, in ticks since the boot, from its /proc/PID/stat; undefined if it has ended, as a zombie
 * has. proc(5): the name in parentheses may contain anything; the 20th field after it is the start time.
 */
export function startTicks(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

async function readText(files: Pick<Files, "readText">, path: string): Promise<string | undefined> {
  return orElse(undefined, FileError, () => files.readText(path, { maxBytes: 4096 }));
}

/** Reports whether any user's process has this pid. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
