import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";

export interface EmptyingOptions {
  readonly files: Pick<Files, "list" | "remove">;
  /** Paths without symlinks, like the directory itself. */
  readonly mountPoints: ReadonlySet<string>;
}

export interface Emptied {
  /** Number of removed entries of the directory. */
  readonly removed: number;
  /** Mount points that were kept, with the directories above them. */
  readonly kept: readonly string[];
  readonly failures: readonly FileError[];
}

/**
 * Removes the content of a directory; the directory itself stays. A symlink is removed, never followed, and mount
 * points below stay with their content, because they may hold unrelated data. An entry that cannot be removed does not
 * stop the others. A missing directory counts as empty.
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

/** Runs the work and turns its file errors into errors for the user. */
export async function withFileFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const { path, code } = error;
    throw new KubeadmError("FILE_OPERATION_FAILED", error.message, { cause: error, details: { path, reason: code } });
  }
}
