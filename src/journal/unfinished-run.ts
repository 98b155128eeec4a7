import { orElse } from "../async/or-else.ts";
import { removeIfEmpty } from "../host/directories.ts";
import { isMissing } from "../host/file-error.ts";
import type { Files } from "../host/host.ts";
import { readState } from "./file-state.ts";
import { type FileRecord, type FileState, isSameState, type Journal } from "./journal.ts";
import { requireOwnState } from "./own-state.ts";
import { copiesDirectory } from "./places.ts";

/**
 * Returns the paths that someone else has changed since: what the run finished is not as it left it, or what it was
 * about to change is neither as before nor as intended. What a finished phase made and is gone counts: to make another
 * CA silently would be worse than to ask. `mayChange` names paths that belong to the kubelet later.
 */
export async function changedSince(
  journal: Journal,
  files: Pick<Files, "status" | "read">,
  mayChange: (path: string) => boolean,
): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const record of latestRecords(journal.files)) {
    if (mayChange(record.path)) continue;
    const { state } = await readState(files, record.path);
    const isDone = journal.phases.some(({ name, state: phase }) => name === record.phase && phase === "done");
    if (isSameState(state, record.after) || (!isDone && isEarlier(state, record))) continue;
    changed.push(record.path);
  }
  return changed;
}

/** Reports whether a path is as it was before the last change of the phase. */
function isEarlier(state: FileState, { before, between }: FileRecord): boolean {
  return isSameState(state, before) || (between !== undefined && isSameState(state, between));
}

/** Reports whether everything that a phase wrote, and no later phase changed, is still there. */
export async function isIntact(
  phase: string,
  records: readonly FileRecord[],
  files: Pick<Files, "status" | "read">,
  mayChange: (path: string) => boolean,
): Promise<boolean> {
  for (const record of latestRecords(records)) {
    if (record.phase !== phase || mayChange(record.path)) continue;
    if (!isSameState((await readState(files, record.path)).state, record.after)) return false;
  }
  return true;
}

/**
 * Returns what of a journal counts for a run that does all phases again: unfinished phases with their changes. The run
 * starts now, unless a phase that `keepsStart` is unfinished.
 */
export function startedOver(journal: Journal, now: Date, keepsStart: (phase: string) => boolean = () => true): Journal {
  const phases = journal.phases.filter(({ state }) => state !== "done");
  const names = new Set(phases.map(({ name }) => name));
  return {
    ...journal,
    phases,
    files: journal.files.filter(({ phase }) => names.has(phase)),
    startedAt: phases.some(({ name }) => keepsStart(name)) ? journal.startedAt : now.toISOString(),
  };
}

/** Reports whether the run has started a service: what that one wrote or holds since is not foreign. */
export function hasStartedService({ services }: Journal): boolean {
  return services.some(({ action }) => action !== "stopped");
}

/** Returns the last record of each path. */
export function latestRecords(records: readonly FileRecord[]): readonly FileRecord[] {
  return [...new Map(records.map((record) => [record.path, record])).values()];
}

/**
 * Undoes what an interrupted phase did to a path, so that the phase finds the machine as it was. Leaves what someone
 * else has changed since, and what no copy exists of. Returns whether the path is as it was before the phase.
 */
export async function undo(record: FileRecord, files: Files): Promise<boolean> {
  const { path, before, after } = record;
  const { state } = await readState(files, path);
  if (isSameState(state, before)) return true;
  if (!isSameState(state, after) && !isEarlier(state, record)) return false;
  return restore(path, { before, now: state }, files);
}

/** Restores what was at a path before. Returns false if that is impossible. */
export async function restore(
  path: string,
  { before, now }: { readonly before: FileState; readonly now: FileState },
  files: Files,
): Promise<boolean> {
  if (before.kind === "absent") {
    if (now.kind === "directory") {
      await removeIfEmpty(files, path);
      return (await files.status(path)) === undefined;
    }
    await files.remove(path);
    return true;
  }
  if (before.kind === "symlink") {
    await files.link(path, before.target);
    return true;
  }
  if (before.kind !== "file" || before.copy === undefined) return false;
  const content = await copyOf(before.copy, files);
  if (content === undefined) return false;
  await files.write(path, content, { mode: before.mode ?? 0o600, secret: true });
  return true;
}

async function copyOf(name: string, files: Pick<Files, "read" | "status">): Promise<Uint8Array | undefined> {
  const path = `${copiesDirectory}/${name}`;
  await requireOwnState(files, path);
  return orElse(undefined, isMissing, () => files.read(path));
}
