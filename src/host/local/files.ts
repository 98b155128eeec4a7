import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path/posix";
import { type ContentStream, withStream } from "../content-stream.ts";
import { isExclusive } from "../exclusive.ts";
import { FileError } from "../file-error.ts";
import type {
  FileKind,
  FileStatus,
  Files,
  OpenedFile,
  ReadOptions,
  RemoveOptions,
  WriteOptions,
  WriteOutcome,
} from "../host.ts";
import { isWithin } from "../node-files.ts";
import { defaultMaxBytes, errnoOf, fileError, fileErrorOf, outside, tooLarge } from "../system-errors.ts";
import { directoryChanged } from "./directory-changed.ts";
import { type TemporaryNames, temporaryNames } from "./temporary-names.ts";

/** The value on Linux for every architecture that we support; Node.js has no name for it. */
const O_PATH = 0o10000000;

type IsMeant = (file: OpenedFile) => boolean | Promise<boolean>;

/** Loaded by the first call: `kubeadm version` uses no file, and each node: module costs memory in the binary. */
const fs = () => import("node:fs/promises");

/** The machine's own file system. */
export function localFiles(): Files {
  const names = temporaryNames();
  return {
    read: (path, options) => read(path, options),
    readText: async (path, options) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(await read(path, options)),
    status: (path) => status(path),
    // Without a function the order is that of code units, too, and takes a seventh of the time.
    list: (directory) => onPath("open", directory, async () => (await (await fs()).readdir(directory)).toSorted()),
    write: (path, content, options) =>
      write(path, { bytes: typeof content === "string" ? new TextEncoder().encode(content) : content, options, names }),
    writeStream: (path, content, options) =>
      withStream(content, (watched) => writeStream(path, { content: watched, options, names })),
    availableBytes,
    makeDirectory,
    changeMode,
    link: (path, target) => link(path, target, names),
    remove: (path, options) => remove(path, options),
    changed: (directory, signal) => directoryChanged(directory, signal),
  };
}

async function onPath<T>(operation: string, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fileErrorOf(error, operation, path);
  }
}

/** Reads to the end or to the limit, whatever size the file reports: files in /proc report 0, /dev/zero has no end. */
async function read(path: string, options: ReadOptions = {}): Promise<Uint8Array> {
  const { maxBytes = defaultMaxBytes, within, fromEnd = false } = options;
  const handle = await onPath("open", path, async () =>
    within === undefined ? (await fs()).open(path, "r") : openWithin(within, path),
  );
  try {
    return await onPath("read", path, async () => {
      const claimed = (await handle.stat()).size;
      if (claimed > maxBytes && fromEnd) return readEnd(handle, claimed, maxBytes);
      if (claimed > maxBytes) throw tooLarge(path, maxBytes);
      return readAll(handle, { path, maxBytes, expected: claimed });
    });
  } finally {
    await handle.close();
  }
}

/** Reads the last bytes of a file of this size, whatever is written to it meanwhile. */
async function readEnd(handle: FileHandle, size: number, maxBytes: number): Promise<Uint8Array> {
  const end = new Uint8Array(maxBytes);
  let length = 0;
  while (length < maxBytes) {
    const { bytesRead } = await handle.read(end, length, maxBytes - length, size - maxBytes + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return end.subarray(0, length);
}

async function readAll(
  handle: FileHandle,
  { path, maxBytes, expected }: { readonly path: string; readonly maxBytes: number; readonly expected: number },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    // One byte more than expected, so that a file of the expected size ends with a short read instead of a second chunk.
    const room = Math.max(Math.min(expected - size, maxBytes) + 1, 4096);
    const chunk = new Uint8Array(Math.min(room, maxBytes - size + 1));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) break;
    chunks.push(chunk.subarray(0, bytesRead));
    size += bytesRead;
    if (size > maxBytes) throw tooLarge(path, maxBytes);
  }
  if (chunks.length === 1 && chunks[0] !== undefined) return chunks[0];
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

/**
 * Opens a regular file below one of the directories. The target of the path is first held by a handle that cannot read, and
 * that no device notices; the kernel then tells where it is.
 */
async function openWithin(directories: readonly string[], path: string): Promise<FileHandle> {
  const { open, readlink, realpath } = await fs();
  const held = await open(path, O_PATH);
  try {
    const place = `/proc/self/fd/${held.fd}`;
    const actual = await readlink(place);
    const allowed = await Promise.all(directories.map((each) => realpath(each).catch(() => undefined)));
    const isBelow = allowed.some((each) => each !== undefined && isWithin(actual, each));
    if (!isBelow || !(await held.stat()).isFile()) throw outside(path, directories);
    return await open(place, "r");
  } finally {
    await held.close();
  }
}

async function changeMode(path: string, mode: number, isMeant: IsMeant): Promise<boolean> {
  const { open, constants } = await fs();
  return onPath("chmod", path, async () => {
    const found = await status(path);
    if (found?.kind !== "file") return false;
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const opened = await handle.stat();
      if (!opened.isFile()) return false;
      const read = async ({ maxBytes = defaultMaxBytes }: { readonly maxBytes?: number } = {}) =>
        readAll(handle, { path, maxBytes, expected: opened.size });
      if (!(await isMeant({ ...statusOf(opened), read }))) return false;
      await handle.chmod(mode);
      return true;
    } finally {
      await handle.close();
    }
  });
}

async function status(path: string, operation = "lstat"): Promise<FileStatus | undefined> {
  const { lstat, readlink } = await fs();
  try {
    const found = statusOf(await lstat(path));
    return found.kind === "symlink" ? { ...found, target: await readlink(path) } : found;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileErrorOf(error, operation, path);
  }
}

function isMissing(error: unknown): boolean {
  return errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR";
}

interface Stats {
  readonly mode: number;
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Date;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isSocket(): boolean;
}

function statusOf(stats: Stats): FileStatus {
  const { mode, size, uid, gid, mtime } = stats;
  return { kind: kindOf(stats), mode: mode & 0o7777, size, uid, gid, modifiedAt: mtime };
}

function kindOf(stats: Stats): FileKind {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symlink";
  return stats.isSocket() ? "socket" : "other";
}

interface Writing {
  readonly options: WriteOptions;
  readonly names: TemporaryNames;
}

async function write(
  path: string,
  { bytes, ...writing }: Writing & { readonly bytes: Uint8Array },
): Promise<WriteOutcome> {
  const target = await targetOf(path, writing.options);
  const { kept, mode } = target;
  if (kept?.mode === mode && kept.size === bytes.length && (await holds(path, bytes))) return "unchanged";
  return put(path, { ...target, ...writing, fill: (handle) => handle.writeFile(bytes) });
}

async function writeStream(
  path: string,
  { content, ...writing }: Writing & { readonly content: ContentStream },
): Promise<WriteOutcome> {
  const fill = async (handle: FileHandle) => {
    for await (const part of content) {
      for (let at = 0; at < part.length; ) at += (await handle.write(part, at)).bytesWritten;
    }
  };
  return put(path, { ...(await targetOf(path, writing.options)), ...writing, fill });
}

/** What a write finds at a path, and the mode that the file is to have. */
interface Target {
  readonly existing: FileStatus | undefined;
  /** The file whose owner and exact mode the new one takes over. */
  readonly kept: FileStatus | undefined;
  readonly mode: number;
}

async function targetOf(path: string, options: WriteOptions): Promise<Target> {
  const existing = await status(path, "open");
  if (existing?.kind === "directory") throw fileError("EISDIR", "open", path);
  if (existing?.kind === "socket" || existing?.kind === "other") {
    throw new FileError("other", "open", path, "not a regular file");
  }
  const kept = existing?.kind === "file" && (await keepsOwner(path, existing, options)) ? existing : undefined;
  const mode = kept === undefined || options.secret !== true ? (kept?.mode ?? options.mode) : kept.mode & options.mode;
  return { existing, kept, mode };
}

/** A file in a directory of root or of this program's user was created by someone who may have it. */
async function keepsOwner(path: string, { uid }: FileStatus, { own, secret }: WriteOptions): Promise<boolean> {
  const self = process.geteuid?.() ?? 0;
  if (uid === self) return true;
  if (own === true) return false;
  return secret !== true || isExclusive(await status(dirname(path)), self);
}

async function put(
  path: string,
  { existing, kept, mode, options, names, fill }: Target & Writing & Pick<Replacement, "fill">,
): Promise<WriteOutcome> {
  const directory = dirname(path);
  if (existing === undefined) await makeDirectory(directory, { mode: 0o755 });
  await onPath("open", path, async () => {
    await names.sweep(directory);
    const temporary = await names.beside(path);
    await replace(path, { fill, mode, kept, temporary, isLasting: options.transient !== true });
  });
  return existing === undefined ? "created" : "changed";
}

async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  const current = await read(path, { maxBytes: bytes.length });
  return current.length === bytes.length && current.every((byte, index) => byte === bytes[index]);
}

interface Replacement extends Pick<Target, "kept" | "mode"> {
  /** Writes the content. */
  readonly fill: (handle: FileHandle) => Promise<void>;
  readonly temporary: string;
  /** Whether the content must be there even after a power failure. */
  readonly isLasting: boolean;
}

async function replace(path: string, { fill, mode, kept, temporary, isLasting }: Replacement): Promise<void> {
  const { open, rename, unlink, constants } = await fs();
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  try {
    try {
      if (kept !== undefined) {
        const made = await handle.stat();
        if (made.uid !== kept.uid || made.gid !== kept.gid) await handle.chown(kept.uid, kept.gid);
        // The umask was applied to the mode at creation, and chown clears the set-id bits.
        await handle.chmod(mode);
      }
      await fill(handle);
      if (isLasting) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  if (isLasting) await syncDirectory(dirname(path));
}

async function availableBytes(path: string): Promise<number> {
  const { statfs } = await fs();
  for (let place = path; ; place = dirname(place)) {
    try {
      const { bavail, bsize } = await statfs(place);
      return bavail * bsize;
    } catch (error) {
      if (!isMissing(error) || place === "/") throw fileErrorOf(error, "statfs", path);
    }
  }
}

/** A rename is on disk only after its directory is synced. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await (await fs()).open(directory, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems (overlays, network ones) do not support fsync for directories.
    if (errnoOf(error) !== "EINVAL" && errnoOf(error) !== "ENOTSUP") throw error;
  } finally {
    await handle.close();
  }
}

/** An error names the directory that could not be made, which may be one on the way, same as Go's. */
async function makeDirectory(path: string, options: { readonly mode: number }): Promise<void> {
  const { mkdir, stat } = await fs();
  const isThere = () => stat(path).then((found) => found.isDirectory());
  const found = await onPath("mkdir", path, () =>
    isThere().catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    }),
  );
  if (found === true) return;
  if (found === false) throw fileError("ENOTDIR", "mkdir", path);
  if (dirname(path) !== path) await makeDirectory(dirname(path), options);
  await onPath("mkdir", path, () =>
    mkdir(path, options).catch(async (error: unknown) => {
      // Another process was faster: the directory exists.
      if (errnoOf(error) !== "EEXIST" || !(await isThere())) throw error;
    }),
  );
}

async function link(path: string, target: string, names: TemporaryNames): Promise<void> {
  const directory = dirname(path);
  if ((await status(path)) === undefined) await makeDirectory(directory, { mode: 0o755 });
  await onPath("symlink", path, async () => {
    const { symlink, rename, unlink } = await fs();
    await names.sweep(directory);
    const temporary = await names.beside(path);
    await symlink(target, temporary);
    try {
      await rename(temporary, path);
    } catch (error) {
      await unlink(temporary).catch(() => undefined);
      throw error;
    }
    await syncDirectory(directory);
  });
}

async function remove(path: string, { recursive = false, ifEmpty = false }: RemoveOptions = {}): Promise<boolean> {
  const found = await status(path);
  if (found === undefined) return false;
  if (found.kind === "directory" && ifEmpty) return removeEmpty(path);
  if (found.kind === "directory" && !recursive) throw fileError("EISDIR", "remove", path);
  const { rm, unlink } = await fs();
  return onPath("unlinkat", path, async () => {
    await (found.kind === "directory" ? rm(path, { recursive: true, force: true }) : unlink(path));
    return true;
  });
}

async function removeEmpty(path: string): Promise<boolean> {
  const { rmdir } = await fs();
  return onPath("unlinkat", path, async () => {
    try {
      await rmdir(path);
      return true;
    } catch (error) {
      if (["ENOTEMPTY", "EEXIST", "ENOENT"].includes(errnoOf(error))) return false;
      throw error;
    }
  });
}
