import { KubeadmError } from "../errors/kubeadm-error.ts";
import type { Events } from "../events/events.ts";
import { FileError } from "../host/file-error.ts";
import type { Host } from "../host/host.ts";
import { defined } from "../values/defined.ts";
import { type Journal, JournalError, type RunIdentity } from "./journal.ts";
import { JournalFile, readJournal, unusableJournal } from "./journal-file.ts";
import { activity, findActiveRun, lockMachine, type RunLock, runActive } from "./run-lock.ts";
import { RunRecord, unfinished } from "./run-record.ts";
import { changedSince } from "./unfinished-run.ts";

export interface OpenRunOptions {
  readonly run: RunIdentity;
  /** Name and version of the program. */
  readonly program: string;
  /** Milliseconds to wait for another run on this machine to end. */
  readonly waitMs: number;
  /** Reports whether an unfinished phase continues from its files. */
  readonly continues: (phase: string) => boolean;
  /** Paths that the kubelet may change after this program has written them. */
  readonly mayChange: (path: string) => boolean;
  /** How the run replaces an unfinished one that is another run; by default it is refused. */
  readonly replacement?: Replacement;
}

/** A run that replaces another one does all phases again, and undoes nothing until one of them begins. */
export interface Replacement {
  /** Reports whether the unfinished run may be replaced. */
  readonly of: (unfinished: RunIdentity) => boolean;
  /** Reports whether a phase, if it is unfinished, makes the start of the unfinished run the start of this one. */
  readonly keepsStart: (phase: string) => boolean;
}

export interface OpenRunPorts {
  readonly host: Pick<Host, "files" | "services" | "processes" | "machine" | "clock">;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/**
 * Locks the machine for a run, and finds out whether the run continues an earlier one. Returns undefined for a user who
 * may not write there: preflight refuses that user. Throws RUN_ACTIVE, RUN_UNFINISHED, JOURNAL_NEWER and
 * JOURNAL_UNWRITABLE, before anything has changed.
 */
export async function openRun(options: OpenRunOptions, ports: OpenRunPorts): Promise<RunRecord | undefined> {
  const lock = await lockForRun(options.run.command, options.waitMs, ports);
  if (lock === undefined) return undefined;
  try {
    return await opened(options, lock, ports);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Locks the machine. Returns undefined for a user who may not write there. Throws RUN_ACTIVE and JOURNAL_UNWRITABLE. */
export async function lockForRun(
  command: string,
  waitMs: number,
  { host, events, signal }: OpenRunPorts,
): Promise<RunLock | undefined> {
  try {
    return await lockMachine(command, waitMs, {
      ...host,
      signal,
      onWaiting: (owner) => events.emit("run.waiting", { command: owner.command, pid: owner.pid, since: owner.since }),
    });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.code === "permission-denied" && host.machine.uid !== 0) return undefined;
    throw new KubeadmError("JOURNAL_UNWRITABLE", `cannot lock this machine for a run: ${error.message}`, {
      cause: error,
      details: { path: error.path },
    });
  }
}

/** Throws RUN_ACTIVE if another run changes the machine at the moment. Changes nothing. */
export async function refuseActiveRun(host: Pick<Host, "files" | "machine" | "processes">): Promise<void> {
  const owner = await findActiveRun(host);
  if (owner !== undefined) throw runActive(activity(owner), owner);
}

async function opened(
  { run, program, continues, mayChange, replacement }: OpenRunOptions,
  lock: RunLock,
  { host, events }: OpenRunPorts,
): Promise<RunRecord> {
  const { files, clock } = host;
  const found = await usableJournal(files, events);
  const isReplaceable = found !== undefined && replacement?.of(found.run) === true;
  const differences = found === undefined ? [] : differencesBetween(found.run, run);
  if (found !== undefined && differences.length > 0 && !isReplaceable) throw unfinished(found, differences);
  const resumed =
    found === undefined ? undefined : { journal: found, changed: await changedSince(found, files, mayChange) };
  const record = new RunRecord(
    {
      run,
      program,
      mayChange,
      continues,
      openFile: (draw) => new JournalFile(files, draw),
      release: () => lock.release(),
      ...defined({ resumed, keepsStart: replacement?.keepsStart }),
    },
    host,
  );
  if (found === undefined) return record;
  // Another version of the program may do a phase in another way.
  const others =
    isReplaceable && found.program !== program ? [...differences, `the program (${found.program})`] : differences;
  if (others.length > 0) {
    record.startOver();
    const message = `${unfinished(found, others).message}. All its phases run again`;
    events.emit("warning", { area: "journal", message });
  }
  const { name: phase } = found.phases.findLast(({ state }) => state !== "done") ?? { name: undefined };
  events.emit("run.resumed", {
    command: run.command,
    nodeName: run.nodeName,
    target: run.command === found.run.command ? found.run.target : run.target,
    stoppedAt: found.updatedAt,
    idleMs: Math.max(0, clock.now().getTime() - Date.parse(found.updatedAt)),
    ...defined({ phase }),
  });
  // A join first finds out whether this is still the same cluster; an upgrade, whether it may continue.
  if (found.cluster === undefined && replacement === undefined) await record.undoInterrupted();
  return record;
}

/**
 * A damaged journal is like none: preflight names what is in the way. A newer one belongs to a run that may continue.
 */
async function usableJournal(
  files: Pick<Host["files"], "readText" | "status">,
  events: Events,
): Promise<Journal | undefined> {
  try {
    return await readJournal(files);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    const reason = unusableJournal(error);
    if (error.code === "newer") throw reason;
    const message = `${reason.message}. The run continues without it`;
    events.emit("warning", { area: "journal", message, code: reason.code });
    return undefined;
  }
}

function differencesBetween(found: RunIdentity, wanted: RunIdentity): readonly string[] {
  const fields = new Set([...Object.keys(found.configuration), ...Object.keys(wanted.configuration)]);
  const changed = [...fields].filter((field) => found.configuration[field] !== wanted.configuration[field]).toSorted();
  return [
    ...(found.command === wanted.command ? [] : [`the command ("${wanted.command}")`]),
    ...(found.role === wanted.role ? [] : [`the role ("${wanted.role}")`]),
    ...(found.nodeName === wanted.nodeName ? [] : [`the node name ("${wanted.nodeName}")`]),
    // Another command has other fields.
    ...(changed.length === 0 || found.command !== wanted.command ? [] : [`the configuration (${changed.join(", ")})`]),
  ];
}
