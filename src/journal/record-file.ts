import { orElse } from "../async/or-else.ts";
import { KubeadmError } from "../errors/kubeadm-error.ts";
import { removeIfEmpty } from "../host/directories.ts";
import { FileError, hasNoEntry } from "../host/file-error.ts";
import type { Files } from "../host/host.ts";
import { requireOwnState } from "./own-state.ts";
import { journalDirectory } from "./places.ts";

/**
 * Returns the text of a record in the journal's directory; undefined if there is none. Throws FileError, and
 * DIRECTORY_UNTRUSTED if another user could have written it.
 */
export async function readRecord(files: Pick<Files, "readText" | "status">, path: string): Promise<string | undefined> {
  return orElse(undefined, hasNoEntry, async () => {
    await requireOwnState(files, path);
    return await files.readText(path);
  });
}

/** Writes a record, completely or not at all; only root can read it. Throws JOURNAL_UNWRITABLE. */
export async function writeRecord(files: Files, path: string, content: string | Uint8Array): Promise<void> {
  await writable(() => files.write(path, content, { mode: 0o600, secret: true, own: true }));
}

/** Makes a directory for records, which only root can read. Throws JOURNAL_UNWRITABLE. */
export async function makeRecordDirectory(files: Files, path: string): Promise<void> {
  await requireOwnState(files);
  await writable(() => makePrivateDirectory(files, path));
}

/** What is made on the way to it, such as /var/lib, is everybody's. */
export async function makePrivateDirectory(files: Pick<Files, "makeDirectory">, path: string): Promise<void> {
  await files.makeDirectory(path.slice(0, path.lastIndexOf("/")), { mode: 0o755 });
  await files.makeDirectory(path, { mode: 0o700 });
}

/**
 * Removes the journal's directory if nothing is in it. One that stays does no harm: the run that is over must not fail for
 * it.
 */
export async function removeJournalDirectory(files: Pick<Files, "status" | "remove">): Promise<void> {
  await orElse(undefined, FileError, () => removeIfEmpty(files, journalDirectory));
}

async function writable<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new KubeadmError("JOURNAL_UNWRITABLE", `cannot record this run: ${error.message}`, {
      cause: error,
      details: { path: error.path },
    });
  }
}
