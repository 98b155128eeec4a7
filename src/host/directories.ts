import { orElse } from "../async/or-else.ts";
import { isMissing } from "./file-error.ts";
import type { Files } from "./host.ts";

/** Returns the directories above a path that do not exist, from the top. */
export async function missingParents(files: Pick<Files, "status">, path: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
    const parent = path.slice(0, at);
    if ((await files.status(parent)) !== undefined) break;
    missing.unshift(parent);
  }
  return missing;
}

/** Removes a directory unless something is in it. Leaves everything else that may be at the path. */
export async function removeIfEmpty(files: Pick<Files, "status" | "remove">, directory: string): Promise<void> {
  if ((await files.status(directory))?.kind === "directory") await files.remove(directory, { ifEmpty: true });
}

/** Returns the names in a directory; none if it does not exist. */
export async function namesIn(files: Pick<Files, "list">, directory: string): Promise<readonly string[]> {
  return orElse([], isMissing, () => files.list(directory));
}
