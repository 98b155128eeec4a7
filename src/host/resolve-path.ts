import { dirname, join } from "node:path/posix";
import type { FileStatus } from "./host.ts";
import { fileError } from "./system-errors.ts";

/** As many as Linux follows (MAXSYMLINKS). */
const maxLinks = 40;

export interface ResolveOptions {
  /** Of one path whose directory is already resolved: never follows a symlink. */
  readonly status: (path: string) => Promise<Pick<FileStatus, "kind" | "target"> | undefined>;
  /** Also follow a symlink in the last component. */
  readonly followLast: boolean;
}

/**
 * Returns a path without symlinks and "..", as the kernel would resolve it in a process whose root is "/" here:
 * absolute symlinks start again at that root, ".." at the root stays there. Components that do not exist are kept as
 * written.
 */
export async function resolvePath(path: string, { status, followLast }: ResolveOptions): Promise<string> {
  const todo = components(path);
  let resolved = "/";
  let links = 0;
  for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
    if (name === "..") {
      resolved = dirname(resolved);
      continue;
    }
    const next = join(resolved, name);
    const found = todo.length > 0 || followLast ? await status(next) : undefined;
    if (found?.kind !== "symlink" || found.target === undefined) {
      resolved = next;
      continue;
    }
    if (++links > maxLinks) throw fileError("ELOOP", "open", path);
    if (found.target.startsWith("/")) resolved = "/";
    todo.unshift(...components(found.target));
  }
  return resolved;
}

function components(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
