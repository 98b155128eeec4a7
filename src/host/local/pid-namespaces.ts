import { orElse } from "../../async/or-else.ts";
import { FileError } from "../file-error.ts";
import type { Files, PidNamespaces, Processes } from "../host.ts";

/** The name of the namespace in which the machine starts, and which sees all others (proc_ns.h: PROC_PID_INIT_INO). */
const initial = "pid:[4026531836]";

/** The pid namespaces of the processes that /proc shows: this program's own, and those below it. */
export function localPidNamespaces(
  files: Pick<Files, "readText" | "status" | "list">,
  identity: Processes["identity"],
): PidNamespaces {
  const namespaceOf = async (pid: string) =>
    (await unlessMissing(() => files.status(`/proc/${pid}/ns/pid`)))?.target ?? "";
  const own = () => namespaceOf("self");
  return {
    own,
    find: async (wanted) => {
      // Another boot of the machine ended all processes.
      const ownIdentity = (await identity(process.pid)) ?? "";
      if (bootOf(ownIdentity) !== bootOf(wanted.identity)) return "ended";
      const pids = (await unlessMissing(() => files.list("/proc"))) ?? [];
      for (const pid of pids.filter((name) => /^[0-9]+$/.test(name))) {
        if ((await namespaceOf(pid)) !== wanted.namespace) continue;
        if ((await innermostPid(pid, files)) !== String(wanted.pid)) continue;
        return (await identity(Number(pid))) === wanted.identity ? "alive" : "ended";
      }
      return (await own()) === initial ? "ended" : "unseen";
    },
  };
}

/** What `Processes.identity` gives begins with the boot. */
function bootOf(identity: string): string {
  return identity.slice(0, identity.lastIndexOf(":"));
}

/** Returns the pid that a process has in its own namespace. */
async function innermostPid(pid: string, files: Pick<Files, "readText">): Promise<string | undefined> {
  const status = await unlessMissing(() => files.readText(`/proc/${pid}/status`, { maxBytes: 65_536 }));
  return /^NSpid:.*?(\d+)$/m.exec(status ?? "")?.[1];
}

async function unlessMissing<T>(look: () => Promise<T>): Promise<T | undefined> {
  return orElse(undefined, FileError, look);
}
