import { FileError } from "../../host/file-error.ts";

/**
 * Reports whether a file, or what is in it, is not known: the user may not read it, or it is larger than an examination
 * reads. Nothing follows from such an error, and a check that needs the file is skipped.
 */
export function isUnread(error: unknown): boolean {
  return error instanceof FileError && (error.code === "permission-denied" || error.code === "too-large");
}

/** Reports whether a file is missing or unusable, which is seen: something follows from it. */
export function isUnusable(error: unknown): error is FileError {
  return error instanceof FileError && !isUnread(error);
}
