import { dirname } from "node:path/posix";
import { KubeadmError } from "../errors/kubeadm-error.ts";
import type { FileStatus, Files } from "./host.ts";

/**
 * Says who else than root and the user `owner` may change a directory or a file; undefined if nobody may. A symlink says
 * nothing about its target.
 */
export function intruder({ kind, uid, mode }: FileStatus, owner: number): string | undefined {
  if (kind === "symlink") return "it is a symbolic link";
  if (uid !== 0 && uid !== owner) return `it belongs to the user ${uid}`;
  // A sticky directory, such as /tmp, protects what is in it; not what someone puts there first.
  if ((mode & 0o022) !== 0) return `other users may write to it (mode ${mode.toString(8).padStart(4, "0")})`;
  return undefined;
}

/** Reports whether only root and the user `owner` can have put there what is in a directory. */
export function isExclusive(directory: FileStatus | undefined, owner: number): boolean {
  return directory?.kind === "directory" && intruder(directory, owner) === undefined;
}

/**
 * Makes sure that nobody but root can have put there what is in a directory, the named files of it included: for what a
 * run believes, and for where it keeps secrets. Anyone who owns the directory above counts as root, since that user can
 * replace it anyway. What does not exist is nobody's. Throws DIRECTORY_UNTRUSTED and FileError.
 */
export async function requireExclusive(
  directory: string,
  files: Pick<Files, "status">,
  names: readonly string[] = [],
): Promise<void> {
  const found = await files.status(directory);
  if (found === undefined) return;
  const owner = (await files.status(dirname(directory)))?.uid ?? 0;
  for (const [path, status] of [
    [directory, found] as const,
    ...(await Promise.all(names.map(async (name) => at(`${directory}/${name}`, files)))),
  ]) {
    const problem = status === undefined ? undefined : intruder(status, owner);
    if (problem !== undefined) throw untrusted(path, problem, directory);
  }
}

async function at(path: string, files: Pick<Files, "status">): Promise<readonly [string, FileStatus | undefined]> {
  return [path, await files.status(path)];
}

function untrusted(path: string, problem: string, directory: string): KubeadmError {
  return new KubeadmError("DIRECTORY_UNTRUSTED", `${path} is not used: ${problem}`, { details: { path, directory } });
}
