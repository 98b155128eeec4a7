import { isKubeadmError } from "../errors/kubeadm-error.ts";
import type { Events } from "../events/events.ts";
import type { Host } from "../host/host.ts";
import { isSeen } from "../host/presence.ts";
import type { Journal, RunIdentity } from "../journal/journal.ts";
import { readJournal } from "../journal/journal-file.ts";
import type { Replacement } from "../journal/open-run.ts";
import { lockForRun, openRun, refuseActiveRun } from "../journal/open-run.ts";
import type { RunLock } from "../journal/run-lock.ts";
import type { RunRecord } from "../journal/run-record.ts";
import { belongsToKubelet } from "../kubeadm/kubelet/kubelet-credentials.ts";
import { programName, programVersion } from "../kubeadm/version.ts";
import { defined } from "../values/defined.ts";
import type { Phase } from "../workflow/phase.ts";
import { flatten } from "../workflow/plan.ts";

export interface LockedRunOptions {
  /** "upgrade apply" */
  readonly command: string;
  /** Undefined if no record is kept. */
  readonly identity: RunIdentity | undefined;
  /** Full name of the only phase to run. A phase that runs alone is not recorded. */
  readonly only?: string | undefined;
  readonly dryRun: boolean;
  readonly waitMs: number;
  /** How the run replaces an unfinished one that is another run; by default it may not. */
  readonly replacement?: Replacement;
}

export interface LockedRunPorts {
  readonly host: Host;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/**
 * Runs `action` while the machine is locked, with the record of the run; without a record in a dry run, for a single
 * phase, and for a user who may not write to the machine. Throws what `action` throws, and the errors of `openRun`.
 */
export async function whileLocked<Context, T>(
  phases: readonly Phase<Context>[],
  { command, identity, only, dryRun, waitMs, replacement }: LockedRunOptions,
  ports: LockedRunPorts,
  action: (record: RunRecord | undefined) => Promise<T>,
): Promise<T> {
  if (dryRun) return action(undefined);
  if (identity === undefined || only !== undefined) {
    const line = only === undefined ? command : `${command} phase ${only.replaceAll("/", " ")}`;
    const locked = () => lockForRun(line, waitMs, ports);
    const lock = await (identity === undefined ? unlessUnwritable(command, locked, ports) : locked());
    try {
      return await action(undefined);
    } finally {
      await lock?.release();
    }
  }
  const policies = new Map(flatten(phases).map(({ fullName, phase }) => [fullName, phase.resumption]));
  const record = await openRun(
    {
      run: identity,
      program: `${programName} ${programVersion}`,
      waitMs,
      continues: (phase) => policies.get(phase) === "continue",
      mayChange: belongsToKubelet,
      ...defined({ replacement }),
    },
    ports,
  );
  try {
    const result = await action(record);
    await record?.finish();
    return result;
  } catch (error) {
    await record?.fail(isKubeadmError(error) ? error.code : "INTERNAL");
    throw error;
  }
}

/** A full disk must not prevent a run that writes nothing: it frees space. Then it only checks that no other run is active. */
async function unlessUnwritable(
  command: string,
  locked: () => Promise<RunLock | undefined>,
  { host, events }: LockedRunPorts,
): Promise<RunLock | undefined> {
  try {
    return await locked();
  } catch (error) {
    if (!isKubeadmError(error) || error.code !== "JOURNAL_UNWRITABLE") throw error;
    await refuseActiveRun(host);
    events.emit("warning", { area: command, message: `${error.message}. The ${command} continues without the lock` });
    return undefined;
  }
}

/** Reports whether an unfinished run of this machine has written a path. */
export async function isOfUnfinishedRun(path: string, { files }: Pick<Host, "files">): Promise<boolean> {
  if (!(await isSeen(path, files))) return false;
  const journal = await unfinishedRunOf({ files });
  return journal?.files.some((record) => record.path === path) ?? false;
}

/** Returns the journal of the unfinished run of this machine. A journal that cannot be used has no say. */
export async function unfinishedRunOf({ files }: Pick<Host, "files">): Promise<Journal | undefined> {
  return readJournal(files).catch(() => undefined);
}
