import { KubeadmError, withContext } from "../errors/kubeadm-error.ts";
import { FileError, type FileErrorCode } from "../host/file-error.ts";
import { defined } from "../values/defined.ts";
import { shell } from "../values/shell.ts";

/** Turns an error of the file system into one for the user: a full disk can fail any write. */
export function fileFailure(error: FileError): KubeadmError {
  const { message, path, code } = error;
  return new KubeadmError("FILE_OPERATION_FAILED", message, {
    cause: error,
    details: { path },
    ...defined({ remedy: remedies[code]?.(path) }),
  });
}

/** Runs the work, and adds upstream's context to an error of the file system, or to one that is a user's already. */
export async function inContext<T>(context: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withContext(error instanceof FileError ? fileFailure(error) : error, context);
  }
}

const remedies: Partial<Record<FileErrorCode, (path: string) => string>> = {
  "no-space": (path) =>
    `The file system of ${path} is full, or its quota is used up: free some space (\`df -h\` and \`df -i\` show how much is left), then run the same command again.`,
  "read-only": (path) =>
    `The file system of ${path} is mounted read-only: \`${shell`findmnt -T ${path}`}\` shows it, and \`dmesg\` whether a disk error caused it.`,
  "permission-denied": (path) =>
    `Run the command as root; if you do, check the modes of ${path} and its directories, the output of \`lsattr\`, and the security module (SELinux, AppArmor).`,
  "not-a-directory": (path) => `One of the directories of ${path} is a file: move it away.`,
  "is-a-directory": (path) => `${path} must be a file, but is a directory: move it away.`,
};
