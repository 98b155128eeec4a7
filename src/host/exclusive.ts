import type { FileStatus } from "./host.ts";

/**
 * Says who else than root and the user `self` may change a directory or a file; undefined if nobody may. `uid` and `mode` are
 * those of what is at its path: a symlink says nothing about what it leads to.
 */
export function intruder({ kind, uid, mode }: FileStatus, self: number): string | undefined {
  if (kind === "symlink") return "it is a symbolic link";
  if (uid !== 0 && uid !== self) return `it belongs to the user ${uid}`;
  // A sticky directory, such as /tmp, protects what is in it; not what somebody puts there first.
  if ((mode & 0o022) !== 0) return `other users may write to it (mode ${mode.toString(8).padStart(4, "0")})`;
  return undefined;
}

/** Reports whether only root and the user `self` can have put there what is in a directory. */
export function isExclusive(directory: FileStatus | undefined, self: number): boolean {
  return directory?.kind === "directory" && intruder(directory, self) === undefined;
}
