import { basename, dirname } from "node:path/posix";
import type { Clock } from "../../async/clock.ts";
import { defined } from "../../values/defined.ts";
import { directoryWatchers } from "../directory-watchers.ts";
import type { FileKind, Files } from "../host.ts";
import { bytesOf, isWithin, type Node, type NodeStore, nodeFiles } from "../node-files.ts";
import { fileError } from "../system-errors.ts";

/** What exists at a path: a string is the content of a file with mode 0644. */
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

type FileOperation = "read" | "status" | "list" | "write" | "makeDirectory" | "changeMode" | "link" | "remove";

interface FailOptions {
  /** By default all. */
  readonly operations?: readonly FileOperation[];
  /** How often; forever by default. */
  readonly times?: number;
}

export interface MemoryFiles extends Files {
  /** Puts something there as another program would, parents included: watchers see it. */
  put(path: string, entry: SeedEntry): void;
  /**
   * Makes operations on the path and everything below it fail with an errno from now on: "ENOSPC", "EROFS", "EACCES",
   * ….
   */
  fail(path: string, errno: string, options?: FailOptions): void;
  /** Sets how many bytes are left below a path; by default 1 TiB everywhere. */
  setAvailable(path: string, bytes: number): void;
  /** Path → content as text (files) or target (symlinks), sorted by path; directories are omitted. */
  snapshot(): Readonly<Record<string, string>>;
}

export interface MemoryFilesOptions {
  readonly clock: Pick<Clock, "now">;
  readonly uid: number;
}

export function memoryFiles(
  seed: Readonly<Record<string, SeedEntry>>,
  { clock, uid }: MemoryFilesOptions,
): MemoryFiles {
  const nodes = new Map<string, Node>();
  const watchers = directoryWatchers();
  const place = (path: string, node: Node) => {
    nodes.set(path, node);
    watchers.notify(path);
  };
  const store: NodeStore = {
    get: async (path) => nodes.get(path),
    set: async (path, node) => place(path, node),
    delete: async (path) => {
      for (const each of nodes.keys()) if (isWithin(each, path)) nodes.delete(each);
      watchers.notify(path);
    },
    names: async (directory) =>
      [...nodes.keys()].filter((path) => path !== "/" && dirname(path) === directory).map((path) => basename(path)),
    changed: watchers.changed,
  };
  const put = (path: string, entry: SeedEntry) => {
    const node = nodeOf(entry, { modifiedAt: clock.now(), uid, gid: uid });
    for (let above = dirname(path); !nodes.has(above); above = dirname(above)) {
      place(above, nodeOf({ kind: "directory" }, { modifiedAt: clock.now(), uid, gid: uid }));
    }
    place(path, node);
  };
  put("/", { kind: "directory" });
  for (const [path, entry] of Object.entries(seed)) put(path, entry);
  const available = new Map<string, number>([["/", 1024 ** 4]]);
  const availableBytes = async (path: string) => {
    const [, bytes = 0] = [...available].findLast(([top]) => isWithin(path, top)) ?? [];
    return bytes;
  };
  return {
    ...withFailures(nodeFiles(store, { now: () => clock.now(), uid, availableBytes })),
    put,
    setAvailable: (path, bytes) => void available.set(path, bytes),
    snapshot: () => snapshot(nodes),
  };
}

type Owner = Pick<Node, "modifiedAt" | "uid" | "gid">;

function nodeOf(entry: SeedEntry, owner: Owner): Node {
  const { content = "", target, ...given } = typeof entry === "string" ? { content: entry } : entry;
  const kind = given.kind ?? (target === undefined ? "file" : "symlink");
  const mode = kind === "directory" ? 0o755 : kind === "symlink" ? 0o777 : 0o644;
  const bytes = bytesOf(target ?? content);
  const link = defined({ target });
  return { mode, ...owner, ...given, ...link, kind, size: bytes.length, content: bytes };
}

const goNames: Readonly<Record<FileOperation, string>> = {
  read: "open",
  status: "lstat",
  list: "open",
  write: "open",
  makeDirectory: "mkdir",
  changeMode: "chmod",
  link: "symlink",
  remove: "remove",
};

function withFailures(files: Files): Files & Pick<MemoryFiles, "fail"> {
  const failures: { readonly path: string; readonly errno: string; readonly options: FailOptions; left: number }[] = [];
  const on = async (operation: FileOperation, path: string): Promise<void> => {
    const failure = failures.find(
      ({ path: top, options, left }) =>
        left > 0 && isWithin(path, top) && (options.operations?.includes(operation) ?? true),
    );
    if (failure === undefined) return;
    failure.left--;
    throw fileError(failure.errno, goNames[operation], path);
  };
  return {
    read: (path, options) => on("read", path).then(() => files.read(path, options)),
    readText: (path, options) => on("read", path).then(() => files.readText(path, options)),
    status: (path) => on("status", path).then(() => files.status(path)),
    list: (directory) => on("list", directory).then(() => files.list(directory)),
    write: (path, content, options) => on("write", path).then(() => files.write(path, content, options)),
    writeStream: (path, content, options) => on("write", path).then(() => files.writeStream(path, content, options)),
    availableBytes: (path) => on("status", path).then(() => files.availableBytes(path)),
    makeDirectory: (path, options) => on("makeDirectory", path).then(() => files.makeDirectory(path, options)),
    changeMode: (path, mode, isMeant) => on("changeMode", path).then(() => files.changeMode(path, mode, isMeant)),
    link: (path, target) => on("link", path).then(() => files.link(path, target)),
    remove: (path, options) => on("remove", path).then(() => files.remove(path, options)),
    changed: (directory, signal) => files.changed(directory, signal),
    fail: (path, errno, options = {}) => {
      failures.push({ path, errno, options, left: options.times ?? Number.POSITIVE_INFINITY });
    },
  };
}

function snapshot(nodes: ReadonlyMap<string, Node>): Readonly<Record<string, string>> {
  const shown = [...nodes].filter(([, { kind }]) => kind !== "directory").toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    shown.map(([path, { target, content }]) => [
      path,
      target ?? (typeof content === "function" ? "" : new TextDecoder().decode(content)),
    ]),
  );
}
