import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Returns the paths of everything below a directory, parents first. Symlinks are entries and never followed: a scratch
 * root has an absolute one (/var/run), whose target in the root is something else on this machine. `readdir` with
 * `recursive` would follow it.
 */
export function entriesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? [path, ...entriesBelow(path)] : [path];
  });
}
