import { dirname } from "node:path/posix";
import { defined } from "../values/defined.ts";
import type { ContentStream } from "./content-stream.ts";
import { isExclusive } from "./exclusive.ts";
import { FileError } from "./file-error.ts";
import type { FileKind, Files, ReadOptions, RemoveOptions, WriteOptions, WriteOutcome } from "./host.ts";
import { resolvePath } from "./resolve-path.ts";
import { defaultMaxBytes, fileError, outside, tooLarge } from "./system-errors.ts";

/** A file, directory or symlink. */
export interface Node {
  readonly kind: FileKind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly modifiedAt: Date;
  readonly target?: string;
  /** For a file: the bytes, or the function that returns them on demand. */
  readonly content: Uint8Array | (() => Promise<Uint8Array>);
}

/** Nodes by paths that contain neither symlinks nor "..". */
export interface NodeStore {
  get(path: string): Promise<Node | undefined>;
  set(path: string, node: Node): Promise<void>;
  /** Called for a file that a write found already as requested. */
  kept?(path: string, file: { readonly mode: number; readonly content: Uint8Array }): Promise<void>;
  /** Includes everything below. */
  delete(path: string): Promise<void>;
  /** Names in a directory, in any order. */
  names(directory: string): Promise<readonly string[]>;
  changed(directory: string, signal: AbortSignal): Promise<void>;
}

export interface NodeFilesOptions {
  readonly now: () => Date;
  readonly uid: number;
  readonly availableBytes: (path: string) => Promise<number>;
}

/** The umask of an ordinary process. */
const umask = 0o022;

/** The contract of `Files` on nodes: the common part of the in-memory file system and the dry run. */
export function nodeFiles(store: NodeStore, options: NodeFilesOptions): Files {
  const tree = new NodeTree(store, options);
  return {
    read: (path, readOptions) => tree.read(path, readOptions),
    readText: async (path, readOptions) =>
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(await tree.read(path, readOptions)),
    status: async (path) => {
      const node = await store.get(await tree.resolve(path, false));
      if (node === undefined) return undefined;
      const { content: _, ...status } = node;
      return status;
    },
    list: (directory) => tree.list(directory),
    write: (path, content, writeOptions) => tree.write(path, bytesOf(content), writeOptions),
    writeStream: async (path, content, writeOptions) => {
      const outcome = await tree.write(path, await collected(content), writeOptions);
      return outcome === "unchanged" ? "changed" : outcome;
    },
    availableBytes: (path) => options.availableBytes(path),
    makeDirectory: (path, { mode }) => tree.makeDirectory(path, mode),
    changeMode: (path, mode, isMeant) => tree.changeMode(path, mode, isMeant),
    link: (path, target) => tree.link(path, target),
    remove: (path, options) => tree.remove(path, options),
    changed: async (directory, signal) => store.changed(await tree.resolve(directory, true), signal),
  };
}

/** Returns the bytes of a content, not shared with the caller. */
export function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content.slice();
}

/** What exists in memory only has its content in memory, too. */
async function collected(content: ContentStream): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part.slice());
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Reports whether a path is `top` or below it. */
export function isWithin(path: string, top: string): boolean {
  return path === top || top === "/" || path.startsWith(`${top}/`);
}

class NodeTree {
  readonly #store: NodeStore;
  readonly #options: NodeFilesOptions;

  constructor(store: NodeStore, options: NodeFilesOptions) {
    this.#store = store;
    this.#options = options;
  }

  resolve(path: string, followLast: boolean): Promise<string> {
    return resolvePath(path, { status: (each) => this.#store.get(each), followLast });
  }

  #node(kind: FileKind, mode: number, given: { readonly bytes?: Uint8Array; readonly target?: string } = {}): Node {
    const { now, uid } = this.#options;
    const { bytes = new Uint8Array(), target } = given;
    const size = target === undefined ? bytes.length : new TextEncoder().encode(target).length;
    const status = { kind, mode, uid, gid: uid, size, modifiedAt: now(), ...defined({ target }) };
    return { ...status, content: bytes };
  }

  /** Returns the node at a path; ENOTDIR if a parent is not a directory, ENOENT if there is none. */
  async #existing(path: string, operation: string): Promise<{ readonly path: string; readonly node: Node }> {
    const resolved = await this.resolve(path, true);
    const node = await this.#store.get(resolved);
    if (node !== undefined) return { path: resolved, node };
    throw fileError((await this.#hasFileAbove(resolved)) ? "ENOTDIR" : "ENOENT", operation, path);
  }

  async #hasFileAbove(path: string): Promise<boolean> {
    for (let above = dirname(path); above !== "/"; above = dirname(above)) {
      const node = await this.#store.get(above);
      if (node !== undefined) return node.kind !== "directory";
    }
    return false;
  }

  async read(
    path: string,
    { maxBytes = defaultMaxBytes, within, fromEnd = false }: ReadOptions = {},
  ): Promise<Uint8Array> {
    const { node, path: resolved } = await this.#existing(path, "open");
    if (within !== undefined && !(await this.#isFileWithin(within, resolved, node))) throw outside(path, within);
    if (node.kind === "directory") throw fileError("EISDIR", "read", path);
    if (node.kind === "socket") throw fileError("ENXIO", "open", path);
    if (node.size > maxBytes && !fromEnd) throw tooLarge(path, maxBytes);
    const bytes = await contentOf(node);
    if (fromEnd) return bytes.slice(Math.max(0, bytes.length - maxBytes));
    if (bytes.length > maxBytes) throw tooLarge(path, maxBytes);
    return bytes.slice();
  }

  async #isFileWithin(directories: readonly string[], resolved: string, { kind }: Node): Promise<boolean> {
    const allowed = await Promise.all(directories.map((each) => this.resolve(each, true)));
    return kind === "file" && allowed.some((each) => isWithin(resolved, each));
  }

  async changeMode(path: string, mode: number, isMeant: Parameters<Files["changeMode"]>[2]): Promise<boolean> {
    const resolved = await this.resolve(path, false);
    const node = await this.#store.get(resolved);
    if (node?.kind !== "file") return false;
    const { content: _, ...status } = node;
    const bytes = await contentOf(node);
    const read = async ({ maxBytes = defaultMaxBytes }: { readonly maxBytes?: number } = {}) => {
      if (bytes.length > maxBytes) throw tooLarge(path, maxBytes);
      return bytes.slice();
    };
    if (!(await isMeant({ ...status, read }))) return false;
    await this.#store.set(resolved, { ...node, mode, content: bytes });
    return true;
  }

  async list(directory: string): Promise<readonly string[]> {
    const { path, node } = await this.#existing(directory, "open");
    if (node.kind !== "directory") throw fileError("ENOTDIR", "open", directory);
    return (await this.#store.names(path)).toSorted();
  }

  async write(path: string, bytes: Uint8Array, options: WriteOptions): Promise<WriteOutcome> {
    const resolved = await this.resolve(path, false);
    const existing = await this.#store.get(resolved);
    if (existing?.kind === "directory") throw fileError("EISDIR", "open", path);
    if (existing?.kind === "socket" || existing?.kind === "other") {
      throw new FileError("other", "open", path, "not a regular file");
    }
    if (existing?.kind !== "file") {
      await this.#makeParents(resolved, path);
      await this.#store.set(resolved, this.#node("file", options.mode & ~umask, { bytes }));
      return existing === undefined ? "created" : "changed";
    }
    if (!(await this.#keepsOwner(resolved, existing, options))) {
      await this.#store.set(resolved, this.#node("file", options.mode & ~umask, { bytes }));
      return "changed";
    }
    const mode = options.secret === true ? existing.mode & options.mode : existing.mode;
    if (mode === existing.mode && isSame(bytes, await contentOf(existing))) {
      await this.#store.kept?.(resolved, { mode, content: bytes });
      return "unchanged";
    }
    const { uid, gid } = existing;
    await this.#store.set(resolved, { ...this.#node("file", mode, { bytes }), uid, gid });
    return "changed";
  }

  /** As in the local files. */
  async #keepsOwner(resolved: string, { uid }: Node, { own, secret }: WriteOptions): Promise<boolean> {
    const self = this.#options.uid;
    if (uid === self) return true;
    if (own === true) return false;
    return secret !== true || isExclusive(await this.#store.get(dirname(resolved)), self);
  }

  async #makeParents(resolved: string, given: string, mode = 0o755): Promise<void> {
    const directory = dirname(resolved);
    const node = await this.#store.get(directory);
    if (node?.kind === "directory") return;
    if (node !== undefined) throw fileError("ENOTDIR", "mkdir", dirname(given));
    await this.#makeParents(directory, dirname(given), mode);
    await this.#store.set(directory, this.#node("directory", mode));
  }

  async makeDirectory(path: string, mode: number): Promise<void> {
    const resolved = await this.resolve(path, true);
    const existing = await this.#store.get(resolved);
    if (existing?.kind === "directory") return;
    if (existing !== undefined) throw fileError("ENOTDIR", "mkdir", path);
    await this.#makeParents(resolved, path, mode & ~umask);
    await this.#store.set(resolved, this.#node("directory", mode & ~umask));
  }

  async link(path: string, target: string): Promise<void> {
    const resolved = await this.resolve(path, false);
    if ((await this.#store.get(resolved))?.kind === "directory") throw fileError("EISDIR", "symlink", path);
    await this.#makeParents(resolved, path);
    await this.#store.set(resolved, this.#node("symlink", 0o777, { target }));
  }

  async remove(path: string, { recursive = false, ifEmpty = false }: RemoveOptions = {}): Promise<boolean> {
    const resolved = await this.resolve(path, false);
    const existing = await this.#store.get(resolved);
    if (existing === undefined) return false;
    if (existing.kind === "directory" && ifEmpty && (await this.#store.names(resolved)).length > 0) return false;
    if (existing.kind === "directory" && !recursive && !ifEmpty) throw fileError("EISDIR", "remove", path);
    await this.#store.delete(resolved);
    return true;
  }
}

async function contentOf({ content }: Node): Promise<Uint8Array> {
  return typeof content === "function" ? content() : content;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
