import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { FileError, type Files } from "../../host/host.ts";

export interface EmptyingOptions {
  readonly files: Pick<Files, "list" | "remove">;
  /** Without symlinks, as the directory itself. */
  readonly mountPoints: ReadonlySet<string>;
}

export interface Emptied {
  /** Entries of the directory that are gone. */
  readonly removed: number;
  /** Mount points that stay, with the directories above them. */
  readonly kept: readonly string[];
  readonly failures: readonly FileError[];
}

/**
 * Removes what is in a directory; the directory itself stays. A symlink is removed, never followed, and what is mounted
 * below stays with all that is in it: other people's data may be there. One entry that cannot be removed does not keep
 * the others. A directory that is not there is empty.
 */
export async function emptyDirectory(directory: string, options: EmptyingOptions): Promise<Emptied> {
  const outcome = { removed: 0, kept: [] as string[], failures: [] as FileError[] };
  await removeBelow(directory, options, outcome);
  return outcome;
}

async function removeBelow(
  directory: string,
  options: EmptyingOptions,
  outcome: { removed: number; readonly kept: string[]; readonly failures: FileError[] },
): Promise<void> {
  const { files, mountPoints } = options;
  try {
    for (const name of await files.list(directory)) {
      const path = `${directory}/${name}`;
      if (mountPoints.has(path)) outcome.kept.push(path);
      else if (hasBelow(mountPoints, path)) await removeBelow(path, options, outcome);
      else if (await removed(path, files, outcome.failures)) outcome.removed++;
    }
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.code !== "not-found") outcome.failures.push(error);
  }
}

function hasBelow(mountPoints: ReadonlySet<string>, path: string): boolean {
  return [...mountPoints].some((mountPoint) => mountPoint.startsWith(`${path}/`));
}

async function removed(path: string, files: Pick<Files, "remove">, failures: FileError[]): Promise<boolean> {
  try {
    return await files.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    failures.push(error);
    return false;
  }
}

/** A file operation that fails where nothing else is to be done about it is a failure that the user has to see to. */
export async function withFileFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const { path, code } = error;
    throw new KubeadmError("FILE_OPERATION_FAILED", error.message, { cause: error, details: { path, reason: code } });
  }
}
