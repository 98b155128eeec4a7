import { FileError, type FileErrorCode } from "./file-error.ts";

/** errno name → our code and the message of Go's syscall package, which operators search for. */
const errors: Readonly<Record<string, readonly [FileErrorCode, string]>> = {
  ENOENT: ["not-found", "no such file or directory"],
  EACCES: ["permission-denied", "permission denied"],
  EPERM: ["permission-denied", "operation not permitted"],
  ENOSPC: ["no-space", "no space left on device"],
  EDQUOT: ["no-space", "disk quota exceeded"],
  EROFS: ["read-only", "read-only file system"],
  ENOTDIR: ["not-a-directory", "not a directory"],
  EISDIR: ["is-a-directory", "is a directory"],
  EFBIG: ["too-large", "file too large"],
  EEXIST: ["other", "file exists"],
  ENOTEMPTY: ["other", "directory not empty"],
  ELOOP: ["other", "too many levels of symbolic links"],
  ENAMETOOLONG: ["other", "file name too long"],
  EINVAL: ["other", "invalid argument"],
  EIO: ["other", "input/output error"],
  EBUSY: ["other", "device or resource busy"],
  EMFILE: ["other", "too many open files"],
  ENFILE: ["other", "too many open files in system"],
  ENXIO: ["other", "no such device or address"],
  ENOMEM: ["other", "cannot allocate memory"],
  ENOEXEC: ["other", "exec format error"],
  E2BIG: ["other", "argument list too long"],
  ETXTBSY: ["other", "text file busy"],
  EAGAIN: ["other", "resource temporarily unavailable"],
  ECONNREFUSED: ["other", "connection refused"],
  ECONNRESET: ["other", "connection reset by peer"],
  EHOSTUNREACH: ["other", "no route to host"],
  ENETUNREACH: ["other", "network is unreachable"],
  ETIMEDOUT: ["other", "connection timed out"],
  EADDRNOTAVAIL: ["other", "cannot assign requested address"],
  EPIPE: ["other", "broken pipe"],
};

/** Returns the errno name of a system call's error ("ENOENT"); empty for any other value. */
export function errnoOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

/** Returns a system call's error in Go's wording. */
export function reasonOf(error: unknown): string {
  return errors[errnoOf(error)]?.[1] ?? (error instanceof Error ? error.message : String(error));
}

/** Returns a failed system call on a path as FileError; a FileError is returned unchanged. */
export function fileErrorOf(error: unknown, operation: string, path: string): FileError {
  if (error instanceof FileError) return error;
  return new FileError(errors[errnoOf(error)]?.[0] ?? "other", operation, path, reasonOf(error), error);
}

/** Returns the FileError for an errno, for adapters that make no system calls. */
export function fileError(errno: string, operation: string, path: string): FileError {
  const [code, reason] = errors[errno] ?? ["other", errno];
  return new FileError(code, operation, path, reason);
}

/** A file that `Files.read` may not read. */
export function outside(path: string, directories: readonly string[]): FileError {
  return new FileError("outside", "open", path, `not a regular file below ${directories.join(" or ")}`);
}

export function tooLarge(path: string, maxBytes: number): FileError {
  return new FileError("too-large", "read", path, `larger than ${maxBytes} bytes`);
}

/** The limit of `Files.read` if its caller sets none. */
export const defaultMaxBytes = 64 * 1024 * 1024;
