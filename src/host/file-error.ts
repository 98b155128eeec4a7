import { PortError } from "../errors/port-error.ts";

/** Why an operation on a file failed. */
export type FileErrorCode =
  | "not-found"
  | "permission-denied"
  | "no-space"
  | "read-only"
  | "not-a-directory"
  | "is-a-directory"
  | "too-large"
  | "outside"
  | "other";

/** `open /etc/x: no such file or directory`: Go's wording, because operators search for these messages. */
export class FileError extends PortError {
  readonly code: FileErrorCode;
  readonly operation: string;
  readonly path: string;
  readonly reason: string;

  constructor(code: FileErrorCode, operation: string, path: string, reason: string, cause?: unknown) {
    super("FileError", `${operation} ${path}: ${reason}`, cause);
    this.code = code;
    this.operation = operation;
    this.path = path;
    this.reason = reason;
  }
}

/** There is no such entry. */
export function isMissing(error: unknown): error is FileError {
  return error instanceof FileError && error.code === "not-found";
}

/** It is, or was caused by, that there is no such entry. */
export function isOfMissing(error: unknown): boolean {
  return isMissing(error) || (error instanceof Error && isOfMissing(error.cause));
}

/** This user may not look there. */
export function isDenied(error: unknown): error is FileError {
  return error instanceof FileError && error.code === "permission-denied";
}

/** There is no such entry, or a file stands in the place of one of its directories. */
export function hasNoEntry(error: unknown): error is FileError {
  return isMissing(error) || (error instanceof FileError && error.code === "not-a-directory");
}
