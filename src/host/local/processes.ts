import { orElse } from "../../async/or-else.ts";
import { FileError, type Files, type Processes } from "../host.ts";
import { localPidNamespaces } from "./pid-namespaces.ts";

/** The processes that /proc shows; elsewhere, whether a pid is in use. */
export function localProcesses(files: Pick<Files, "readText" | "status" | "list">): Processes {
  const identity: Processes["identity"] = async (pid) => {
    if (process.platform !== "linux") return isAlive(pid) ? "alive" : undefined;
    const [stat, boot] = await Promise.all([
      readText(files, `/proc/${pid}/stat`),
      readText(files, "/proc/sys/kernel/random/boot_id"),
    ]);
    if (stat === undefined) return undefined;
    // proc(5): the name in parentheses may contain anything; the 20th field after it is the start time in ticks.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended.
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return `${boot?.trim() ?? ""}:${fields[19] ?? ""}`;
  };
  return process.platform === "linux" ? { identity, namespaces: localPidNamespaces(files, identity) } : { identity };
}

async function readText(files: Pick<Files, "readText">, path: string): Promise<string | undefined> {
  return orElse(undefined, FileError, () => files.readText(path, { maxBytes: 4096 }));
}

/** Reports whether a process has this pid, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
