import { basename, dirname, join } from "node:path/posix";
import type { Clock } from "../../async/clock.ts";
import { abortable } from "../../async/signal.ts";
import {
  FileError,
  type FileKind,
  type FileStatus,
  type Files,
  type WriteOptions,
  type WriteOutcome,
} from "../host.ts";
import { resolvePath } from "../resolve-path.ts";
import { defaultMaxBytes, fileError, tooLarge } from "../system-errors.ts";

/** What stands at a path: a text is a file of mode 0644. */
export type SeedEntry =
  | string
  | {
      readonly kind?: FileKind;
      readonly content?: string | Uint8Array;
      readonly mode?: number;
      readonly uid?: number;
      readonly gid?: number;
      /** Makes it a symlink. */
      readonly target?: string;
    };

export type FileOperation = "read" | "status" | "list" | "write" | "makeDirectory" | "link" | "remove";

export interface MemoryFiles extends Files {
  /** Puts something there by other hands than this program's, parents included: watchers see it. */
  put(path: string, entry: SeedEntry): void;
  /**
   * From now on the operations (all, unless some are named) on the path and what lies below it fail: "ENOSPC", "EROFS",
   * "EACCES", …. `times` bounds how often.
   */
  fail(
    path: string,
    errno: string,
    options?: { readonly operations?: readonly FileOperation[]; readonly times?: number },
  ): void;
  /** Path → content as text (files) or target (symlinks), sorted by path; directories are left out. */
  snapshot(): Readonly<Record<string, string>>;
}

interface Node {
  readonly kind: FileKind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modifiedAt: Date;
  readonly bytes: Uint8Array;
  readonly target?: string;
}

interface Failure {
  readonly path: string;
  readonly errno: string;
  readonly operations: readonly FileOperation[] | undefined;
  left: number;
}

export interface MemoryFilesOptions {
  readonly clock: Pick<Clock, "now">;
  readonly uid: number;
}

/** The umask of a usual process. */
const umask = 0o022;

const goNames: Readonly<Record<FileOperation, string>> = {
  read: "open",
  status: "lstat",
  list: "open",
  write: "open",
  makeDirectory: "mkdir",
  link: "symlink",
  remove: "remove",
};

export function memoryFiles(
  seed: Readonly<Record<string, SeedEntry>>,
  { clock, uid }: MemoryFilesOptions,
): MemoryFiles {
  const tree = new Tree(clock, uid);
  const failures: Failure[] = [];
  const on = async <T>(operation: FileOperation, path: string, action: () => Promise<T>): Promise<T> => {
    const failure = failures.find(
      (each) => each.left > 0 && isWithin(path, each.path) && (each.operations?.includes(operation) ?? true),
    );
    if (failure !== undefined) {
      failure.left--;
      throw fileError(failure.errno, goNames[operation], path);
    }
    return action();
  };
  const files: MemoryFiles = {
    read: (path, options) => on("read", path, () => tree.read(path, options?.maxBytes ?? defaultMaxBytes)),
    readText: async (path, options) =>
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(await files.read(path, options)),
    status: (path) => on("status", path, () => tree.status(path)),
    list: (directory) => on("list", directory, () => tree.list(directory)),
    write: (path, content, options) => on("write", path, () => tree.write(path, bytesOf(content), options)),
    makeDirectory: (path, { mode }) => on("makeDirectory", path, () => tree.makeDirectory(path, mode)),
    link: (path, target) => on("link", path, () => tree.link(path, target)),
    remove: (path, options) => on("remove", path, () => tree.remove(path, options?.recursive ?? false)),
    changed: (directory, signal) => tree.changed(directory, signal),
    put: (path, entry) => tree.put(path, entry),
    fail: (path, errno, { operations, times = Number.POSITIVE_INFINITY } = {}) => {
      failures.push({ path, errno, operations, left: times });
    },
    snapshot: () => tree.snapshot(),
  };
  for (const [path, entry] of Object.entries(seed)) files.put(path, entry);
  return files;
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content.slice();
}

function isWithin(path: string, top: string): boolean {
  return path === top || top === "/" || path.startsWith(`${top}/`);
}

/** Nodes by their path without symlinks. */
class Tree {
  readonly #nodes = new Map<string, Node>();
  readonly #watchers = new Set<{ readonly directory: string; readonly wake: () => void }>();
  readonly #clock: Pick<Clock, "now">;
  readonly #uid: number;

  constructor(clock: Pick<Clock, "now">, uid: number) {
    this.#clock = clock;
    this.#uid = uid;
    this.#nodes.set("/", this.#node({ kind: "directory", mode: 0o755 }));
  }

  #node(given: Partial<Node> & Pick<Node, "kind" | "mode">): Node {
    return { uid: this.#uid, gid: this.#uid, modifiedAt: this.#clock.now(), bytes: new Uint8Array(), ...given };
  }

  #set(path: string, node: Node): void {
    this.#nodes.set(path, node);
    this.#told(path);
  }

  #told(path: string): void {
    for (const watcher of this.#watchers) {
      if (watcher.directory === path || watcher.directory === dirname(path)) watcher.wake();
    }
  }

  #resolve(path: string, followLast: boolean): Promise<string> {
    return resolvePath(path, { status: async (each) => this.#nodes.get(each), followLast });
  }

  /** The node at a path; ENOTDIR where a parent is no directory, ENOENT where there is none. */
  async #existing(path: string, operation: string): Promise<{ readonly path: string; readonly node: Node }> {
    const resolved = await this.#resolve(path, true);
    const node = this.#nodes.get(resolved);
    if (node !== undefined) return { path: resolved, node };
    throw fileError(this.#hasFileAbove(resolved) ? "ENOTDIR" : "ENOENT", operation, path);
  }

  #hasFileAbove(path: string): boolean {
    for (let above = dirname(path); ; above = dirname(above)) {
      const node = this.#nodes.get(above);
      if (node !== undefined) return node.kind !== "directory";
    }
  }

  async read(path: string, maxBytes: number): Promise<Uint8Array> {
    const { node } = await this.#existing(path, "open");
    if (node.kind === "directory") throw fileError("EISDIR", "read", path);
    if (node.kind !== "file") throw fileError("ENXIO", "open", path);
    if (node.bytes.length > maxBytes) throw tooLarge(path, maxBytes);
    return node.bytes.slice();
  }

  async status(path: string): Promise<FileStatus | undefined> {
    const node = this.#nodes.get(await this.#resolve(path, false));
    if (node === undefined) return undefined;
    const { kind, mode, uid, gid, modifiedAt, target } = node;
    const size = target?.length ?? node.bytes.length;
    return { kind, mode, size, uid, gid, modifiedAt, ...(target === undefined ? {} : { target }) };
  }

  async list(directory: string): Promise<readonly string[]> {
    const { path, node } = await this.#existing(directory, "open");
    if (node.kind !== "directory") throw fileError("ENOTDIR", "open", directory);
    const names = [...this.#nodes.keys()].filter((each) => each !== "/" && dirname(each) === path);
    return names.map((each) => basename(each)).toSorted();
  }

  async write(path: string, bytes: Uint8Array, options: WriteOptions): Promise<WriteOutcome> {
    const resolved = await this.#resolve(path, false);
    const existing = this.#nodes.get(resolved);
    if (existing?.kind === "directory") throw fileError("EISDIR", "open", path);
    if (existing?.kind === "socket" || existing?.kind === "other") {
      throw new FileError("other", "open", path, "not a regular file");
    }
    if (existing?.kind !== "file") {
      this.#makeParents(resolved, path);
      this.#set(resolved, this.#node({ kind: "file", mode: options.mode & ~umask, bytes }));
      return existing === undefined ? "created" : "changed";
    }
    const mode = options.secret === true ? existing.mode & options.mode : existing.mode;
    if (mode === existing.mode && isSame(bytes, existing.bytes)) return "unchanged";
    this.#set(resolved, { ...existing, mode, bytes, modifiedAt: this.#clock.now() });
    return "changed";
  }

  #makeParents(resolved: string, given: string): void {
    const directory = dirname(resolved);
    if (this.#nodes.has(directory) && this.#nodes.get(directory)?.kind === "directory") return;
    if (this.#nodes.has(directory)) throw fileError("ENOTDIR", "mkdir", dirname(given));
    this.#makeParents(directory, dirname(given));
    this.#set(directory, this.#node({ kind: "directory", mode: 0o755 }));
  }

  async makeDirectory(path: string, mode: number): Promise<void> {
    const resolved = await this.#resolve(path, true);
    const existing = this.#nodes.get(resolved);
    if (existing?.kind === "directory") return;
    if (existing !== undefined) throw fileError("ENOTDIR", "mkdir", path);
    this.#makeParents(resolved, path);
    this.#set(resolved, this.#node({ kind: "directory", mode: mode & ~umask }));
  }

  async link(path: string, target: string): Promise<void> {
    const resolved = await this.#resolve(path, false);
    if (this.#nodes.get(resolved)?.kind === "directory") throw fileError("EISDIR", "symlink", path);
    this.#makeParents(resolved, path);
    this.#set(resolved, this.#node({ kind: "symlink", mode: 0o777, target }));
  }

  async remove(path: string, recursive: boolean): Promise<boolean> {
    const resolved = await this.#resolve(path, false);
    const existing = this.#nodes.get(resolved);
    if (existing === undefined) return false;
    if (existing.kind === "directory" && !recursive) throw fileError("EISDIR", "remove", path);
    for (const each of this.#nodes.keys()) if (isWithin(each, resolved)) this.#nodes.delete(each);
    this.#told(resolved);
    return true;
  }

  async changed(directory: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const watcher = { directory: await this.#resolve(directory, true), wake: resolve };
    this.#watchers.add(watcher);
    try {
      await abortable(promise, signal);
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  put(path: string, entry: SeedEntry): void {
    const { content = "", target, ...rest } = typeof entry === "string" ? { content: entry } : entry;
    const kind = rest.kind ?? (target === undefined ? "file" : "symlink");
    const mode = kind === "directory" ? 0o755 : kind === "symlink" ? 0o777 : 0o644;
    this.#makeParents(join("/", path), path);
    const bytes = bytesOf(content);
    this.#set(join("/", path), this.#node({ kind, mode, bytes, ...rest, ...(target === undefined ? {} : { target }) }));
  }

  snapshot(): Readonly<Record<string, string>> {
    const shown = [...this.#nodes].filter(([, node]) => node.kind !== "directory");
    return Object.fromEntries(
      shown
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([path, node]) => [path, node.target ?? new TextDecoder().decode(node.bytes)]),
    );
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
