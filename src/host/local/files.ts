import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path/posix";
import { type ContentStream, withStream } from "../content-stream.ts";
import {
  FileError,
  type FileKind,
  type FileStatus,
  type Files,
  type RemoveOptions,
  type WriteOptions,
  type WriteOutcome,
} from "../host.ts";
import { defaultMaxBytes, errnoOf, fileError, fileErrorOf, tooLarge } from "../system-errors.ts";
import { directoryChanged } from "./directory-changed.ts";
import { type TemporaryNames, temporaryNames } from "./temporary-names.ts";

/** Loaded by the first call: `kubeadm version` uses no file, and each node: module costs memory in the binary. */
const fs = () => import("node:fs/promises");

/** The machine's own file system. */
export function localFiles(): Files {
  const names = temporaryNames();
  return {
    read: (path, options) => read(path, options?.maxBytes ?? defaultMaxBytes),
    readText: async (path, options) =>
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(await read(path, options?.maxBytes ?? defaultMaxBytes)),
    status: (path) => status(path),
    list: (directory) =>
      onPath("open", directory, async () => (await (await fs()).readdir(directory)).toSorted(byCodeUnit)),
    write: (path, content, options) =>
      write(path, { bytes: typeof content === "string" ? new TextEncoder().encode(content) : content, options, names }),
    writeStream: (path, content, options) =>
      withStream(content, (watched) => writeStream(path, { content: watched, options, names })),
    availableBytes,
    makeDirectory,
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

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Reads to the end or to the limit, whatever size the file reports: files in /proc report 0, /dev/zero has no end. */
async function read(path: string, maxBytes: number): Promise<Uint8Array> {
  const handle = await onPath("open", path, async () => (await fs()).open(path, "r"));
  try {
    return await onPath("read", path, async () => {
      const claimed = (await handle.stat()).size;
      if (claimed > maxBytes) throw tooLarge(path, maxBytes);
      return readAll(handle, { path, maxBytes, expected: claimed });
    });
  } finally {
    await handle.close();
  }
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

async function status(path: string, operation = "lstat"): Promise<FileStatus | undefined> {
  const { lstat, readlink } = await fs();
  try {
    const found = await lstat(path);
    const kind = kindOf(found);
    return {
      kind,
      mode: found.mode & 0o7777,
      size: found.size,
      uid: found.uid,
      gid: found.gid,
      modifiedAt: found.mtime,
      ...(kind === "symlink" ? { target: await readlink(path) } : {}),
    };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileErrorOf(error, operation, path);
  }
}

function isMissing(error: unknown): boolean {
  return errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR";
}

interface Stats {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isSocket(): boolean;
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
  /** The file that is replaced; its owner and exact mode are kept. */
  readonly kept: FileStatus | undefined;
  readonly mode: number;
}

async function targetOf(path: string, options: WriteOptions): Promise<Target> {
  const existing = await status(path, "open");
  if (existing?.kind === "directory") throw fileError("EISDIR", "open", path);
  if (existing?.kind === "socket" || existing?.kind === "other") {
    throw new FileError("other", "open", path, "not a regular file");
  }
  const kept = existing?.kind === "file" ? existing : undefined;
  const mode = kept === undefined || options.secret !== true ? (kept?.mode ?? options.mode) : kept.mode & options.mode;
  return { existing, kept, mode };
}

async function put(
  path: string,
  { existing, kept, mode, names, fill }: Target & Writing & Pick<Replacement, "fill">,
): Promise<WriteOutcome> {
  const directory = dirname(path);
  if (existing === undefined) await makeDirectory(directory, { mode: 0o755 });
  await onPath("open", path, async () => {
    await names.sweep(directory);
    await replace(path, { fill, mode, kept, temporary: names.beside(path) });
  });
  return existing === undefined ? "created" : "changed";
}

async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  const current = await read(path, bytes.length);
  return current.length === bytes.length && current.every((byte, index) => byte === bytes[index]);
}

interface Replacement extends Pick<Target, "kept" | "mode"> {
  /** Writes the content. */
  readonly fill: (handle: FileHandle) => Promise<void>;
  readonly temporary: string;
}

async function replace(path: string, { fill, mode, kept, temporary }: Replacement): Promise<void> {
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
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(path));
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
    const temporary = names.beside(path);
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
