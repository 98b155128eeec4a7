import { requireExclusive } from "../host/exclusive.ts";
import type { Files } from "../host/host.ts";
import { copiesDirectory, journalDirectory } from "./places.ts";

/**
 * What is kept in the directory of this program's state decides what a run writes and removes: it is believed only if nobody
 * but root can have written it. `path` is a file of it. Throws DIRECTORY_UNTRUSTED and FileError.
 */
export async function requireOwnState(files: Pick<Files, "status">, path?: string): Promise<void> {
  const name = path?.slice(path.lastIndexOf("/") + 1);
  const names = name === undefined ? [] : [name];
  if (path?.startsWith(`${copiesDirectory}/`) !== true) return requireExclusive(journalDirectory, files, names);
  await requireExclusive(journalDirectory, files);
  await requireExclusive(copiesDirectory, files, names);
}
