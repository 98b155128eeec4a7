import type { FileStatus, Files } from "./host.ts";

/** Copies a file that may be confidential, with its permissions. */
export async function copyFile(
  from: string,
  to: string,
  files: Pick<Files, "status" | "read" | "write">,
): Promise<void> {
  const content = await files.read(from);
  await files.write(to, content, { mode: permissionsOf(await files.status(from)), secret: true });
}

/**
 * Returns the permissions of a copy. Those of a symlink say nothing: the copy of what it points to is readable by its
 * owner only.
 */
export function permissionsOf(original: FileStatus | undefined): number {
  return original?.kind === "file" ? original.mode : 0o600;
}
