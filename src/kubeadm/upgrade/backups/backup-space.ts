import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Files } from "../../../host/host.ts";

/** Bytes that a backup leaves on a file system: a kubelet without space evicts Pods. */
export const reserveBytes = 128 * 1024 * 1024;

/** Reports whether a file system with so many free bytes has space for a backup. */
export function hasSpace({
  bytes,
  availableBytes,
}: {
  readonly bytes: number;
  readonly availableBytes: number;
}): boolean {
  return availableBytes >= bytes + reserveBytes;
}

/** Throws UPGRADE_BACKUP_FAILED unless the file system of a path has space for so many bytes. */
export async function requireSpace(
  { path, bytes, what }: { readonly path: string; readonly bytes: number; readonly what: string },
  files: Pick<Files, "availableBytes">,
): Promise<void> {
  const availableBytes = await files.availableBytes(path);
  if (hasSpace({ bytes, availableBytes })) return;
  const needed = `${what} needs ${megabytes(bytes)} at ${path}, and ${megabytes(reserveBytes)} must stay free there`;
  throw backupFailed(`${needed}: the file system has ${megabytes(availableBytes)} left`);
}

export function backupFailed(message: string, cause?: unknown): KubeadmError {
  return new KubeadmError("UPGRADE_BACKUP_FAILED", message, cause === undefined ? {} : { cause });
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)} MiB`;
}
