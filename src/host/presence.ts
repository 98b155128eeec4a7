import { orElse } from "../async/or-else.ts";
import { FileError } from "./file-error.ts";
import type { Files } from "./host.ts";

// Two questions that look alike, and differ for a user who may not look into a directory.

/**
 * Reports whether something is seen at the path, as Go's `os.Stat` without an error does, except that a symlink to nothing
 * counts.
 */
export async function isSeen(path: string, files: Pick<Files, "status">): Promise<boolean> {
  return look(path, files, false);
}

/**
 * Reports whether something may be at the path, as Go's `!os.IsNotExist` does: what cannot be looked at counts as there,
 * and reading it then says why.
 */
export async function mayExist(path: string, files: Pick<Files, "status">): Promise<boolean> {
  return look(path, files, true);
}

async function look(path: string, files: Pick<Files, "status">, unseen: boolean): Promise<boolean> {
  return orElse(unseen, FileError, async () => (await files.status(path)) !== undefined);
}
