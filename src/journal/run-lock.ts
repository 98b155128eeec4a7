import type { Clock } from "../async/clock.ts";
import { orElse } from "../async/or-else.ts";
import { poll } from "../async/poll.ts";
import { KubeadmError } from "../errors/kubeadm-error.ts";
import { FileError, isMissing } from "../host/file-error.ts";
import type { Files, Machine, Processes } from "../host/host.ts";
import { defined } from "../values/defined.ts";
import { isObject } from "../values/json.ts";
import { parseJson } from "../values/parse-json.ts";
import { requireOwnState } from "./own-state.ts";
import { journalDirectory } from "./places.ts";
import { makePrivateDirectory, removeJournalDirectory } from "./record-file.ts";

/** The program that changes this machine at the moment. */
export interface RunOwner {
  readonly pid: number;
  /** The pid namespace to which the pid belongs; absent if there is only one. */
  readonly namespace?: string;
  /** How the system identifies the process, in addition to its pid: pids are reused. */
  readonly process: string;
  readonly command: string;
  /** RFC 3339. */
  readonly since: string;
  /** The file that announces the run, if it cannot be seen from here whether its process still runs. */
  readonly unseenIn?: string;
}

export interface LockPorts {
  readonly files: Files;
  readonly processes: Processes;
  readonly machine: Pick<Machine, "pid">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface RunLock {
  /** Does not fail if the file stays: it means nothing once this process has ended. */
  release(): Promise<void>;
}

const prefix = "run-";
/** Milliseconds that runs which start together have to find out which of them is first. */
const simultaneousMs = 500;
/** Milliseconds between two looks at a run that continues. */
const lookEveryMs = 1_000;

/**
 * Makes sure that one program at a time changes the machine. While another run continues, this one only looks. Then it
 * announces itself with its own file, and looks again: of two runs, at least the later one sees the other. A file whose
 * process has ended means nothing, so the death of a run releases its lock. Throws RUN_ACTIVE if another run still
 * continues after `waitMs`.
 */
export async function lockMachine(
  command: string,
  waitMs: number,
  ports: LockPorts & { readonly onWaiting: (owner: RunOwner) => void },
): Promise<RunLock> {
  let other: RunOwner | undefined;
  let isSimultaneous = false;
  const note = (found: RunOwner) => {
    if (other === undefined && waitMs > 0) ports.onWaiting(found);
    other = found;
    return { done: false, reason: activity(found) } as const;
  };
  const refusal = (reason: string) => runActive(reason, other);
  return poll<RunLock>({
    until: async ({ elapsedMs }) => {
      const [active] = await livingRuns(ports);
      isSimultaneous = active === undefined;
      if (active !== undefined) {
        const verdict = note(active);
        if (elapsedMs >= waitMs) throw refusal(verdict.reason);
        return verdict;
      }
      const { name, withdraw } = await announce(command, ports);
      const [found] = await livingRuns(ports, name);
      if (found === undefined) return { done: true, value: { release: () => unlessFileError(withdraw) } };
      await withdraw();
      return note(found);
    },
    // Two runs that start together see each other. Neither continues, and chance decides who is first at the next look.
    everyMs: ({ elapsedMs }) =>
      isSimultaneous ? 50 + Math.random() * 150 : Math.min(lookEveryMs, Math.max(waitMs - elapsedMs, 0)),
    deadlineMs: Math.max(waitMs, simultaneousMs),
    clock: ports.clock,
    signal: ports.signal,
    onTimeout: refusal,
  });
}

async function unlessFileError(action: () => Promise<void>): Promise<void> {
  await orElse(undefined, FileError, action);
}

/** Words who changes the machine. */
export function activity({ command, pid, since, unseenIn }: RunOwner): string {
  const where = unseenIn === undefined ? "" : " in another container";
  return `another kubeadm is changing this machine: "kubeadm ${command}", pid ${pid}${where}, since ${since}`;
}

export function runActive(reason: string, owner: RunOwner | undefined): KubeadmError {
  const details = { ...owner };
  if (owner?.unseenIn === undefined) return new KubeadmError("RUN_ACTIVE", reason, { details });
  const remedy = `Wait until it finishes, or run the command with --wait. This PID namespace can't show whether it is still running: if its container no longer exists, remove ${owner.unseenIn}, and run the command again.`;
  return new KubeadmError("RUN_ACTIVE", reason, { details, remedy });
}

interface Announcement {
  /** Of its file. */
  readonly name: string;
  withdraw(): Promise<void>;
}

async function announce(command: string, ports: LockPorts): Promise<Announcement> {
  const { files, processes, machine, clock } = ports;
  await requireOwnState(files);
  const namespace = await processes.namespaces?.own();
  const owner: RunOwner = {
    pid: machine.pid,
    ...defined({ namespace }),
    process: (await processes.identity(machine.pid)) ?? "",
    command,
    since: clock.now().toISOString(),
  };
  const name = `${prefix}${machine.pid}-${crypto.randomUUID().slice(0, 8)}.json`;
  const path = `${journalDirectory}/${name}`;
  await makePrivateDirectory(files, journalDirectory);
  // No process outlives the machine.
  await files.write(path, `${JSON.stringify(owner)}\n`, { mode: 0o600, secret: true, own: true, transient: true });
  return {
    name,
    withdraw: async () => {
      await files.remove(path);
      await removeJournalDirectory(files);
    },
  };
}

/** Returns the runs that continue, without the one whose file has this name. Removes the files of runs that have ended. */
async function livingRuns(
  { files, processes }: Pick<LockPorts, "files" | "processes">,
  own?: string,
): Promise<readonly RunOwner[]> {
  const living: RunOwner[] = [];
  for (const name of await runFiles(files)) {
    if (name === own) continue;
    const owner = await livingOwner(name, { files, processes });
    if (owner === undefined) await files.remove(`${journalDirectory}/${name}`);
    else living.push(owner);
  }
  return living;
}

/**
 * Returns the run of another process that changes this machine at the moment, if there is one. Changes nothing. Throws
 * FileError.
 */
export async function findActiveRun(ports: {
  readonly files: Pick<Files, "list" | "readText" | "status">;
  readonly processes: Processes;
  readonly machine: Pick<Machine, "pid">;
}): Promise<RunOwner | undefined> {
  for (const name of await runFiles(ports.files)) {
    const owner = await livingOwner(name, ports);
    if (owner === undefined) continue;
    if (owner.pid !== ports.machine.pid || !(await isInOwnNamespace(owner, ports.processes))) return owner;
  }
  return undefined;
}

/** Returns undefined if the run has ended. */
async function livingOwner(
  name: string,
  { files, processes }: { readonly files: Pick<Files, "readText">; readonly processes: Processes },
): Promise<RunOwner | undefined> {
  const owner = await ownerIn(files, name);
  if (owner === undefined) return undefined;
  const { pid, process: identity, namespace } = owner;
  if (namespace === undefined || processes.namespaces === undefined || (await isInOwnNamespace(owner, processes))) {
    return (await processes.identity(pid)) === identity ? owner : undefined;
  }
  // A pid means nothing in another namespace. What cannot be seen from here may continue.
  switch (await processes.namespaces.find({ pid, identity, namespace })) {
    case "ended":
      return undefined;
    case "alive":
      return owner;
    case "unseen":
      return { ...owner, unseenIn: `${journalDirectory}/${name}` };
  }
}

async function isInOwnNamespace({ namespace }: RunOwner, { namespaces }: Processes): Promise<boolean> {
  return namespace === undefined || namespaces === undefined || namespace === (await namespaces.own());
}

async function runFiles(files: Pick<Files, "list" | "status">): Promise<readonly string[]> {
  return orElse([], isMissing, async () => {
    await requireOwnState(files);
    return (await files.list(journalDirectory)).filter((name) => name.startsWith(prefix));
  });
}

/** Returns undefined if the file was removed or is incomplete: its writer was interrupted before it did anything. */
async function ownerIn(files: Pick<Files, "readText">, name: string): Promise<RunOwner | undefined> {
  const value = await orElse(undefined, FileError, async () =>
    parseJson(await files.readText(`${journalDirectory}/${name}`, { maxBytes: 4096 })),
  );
  if (!isObject(value)) return undefined;
  const { pid, process, command, since, namespace } = value;
  if (typeof pid !== "number" || typeof process !== "string") return undefined;
  if (typeof command !== "string" || typeof since !== "string") return undefined;
  return { pid, process, command, since, ...(typeof namespace === "string" ? { namespace } : {}) };
}
