import type { FileHandle } from "node:fs/promises";
import { started } from "../../async/started.ts";
import { withStream } from "../content-stream.ts";
import { FileError } from "../file-error.ts";
import type { Files, ReadOptions, RootDirectory } from "../host.ts";
import { errnoOf, fileError, fileErrorOf } from "../system-errors.ts";

/** Loaded by the first call, as in files.ts. */
const fs = () => import("node:fs/promises");

/** The value on Linux for every architecture that we support; Node.js has no name for it: a handle for walking only. */
const O_PATH = 0o10000000;

/** As many as Linux follows (MAXSYMLINKS). */
const maxLinks = 40;

/**
 * The files below a directory of this machine, safe from anyone who renames entries inside it at the same time: each
 * directory on the way is opened from the one before it, and the operation is carried out from the last one, never by a
 * path that the kernel resolves again. Symlinks are read and followed here, starting at the root's own top.
 * docs/adr/0015 has the reasons.
 */
export function localRootDirectory(base: Files): (root: string) => RootDirectory {
  return (root) => rootDirectory(root, base);
}

function rootDirectory(root: string, base: Files): RootDirectory {
  /** The exact entry at the end of the path, symlinks followed. */
  const target = <T>(operation: string, path: string, action: (hostPath: string) => Promise<T>) =>
    walked({ root, operation, path, followsLast: true }, async ({ place, entry, rest }) => {
      if (rest.length > 0) throw fileError("ENOENT", operation, path);
      // A pipe without a writer would block the reader forever.
      if ((await entry?.stat())?.isFIFO() === true) throw new FileError("other", operation, path, "not a regular file");
      return action(pathOf(entry ?? place));
    });
  /**
   * The name at the end of the path, in the directory that contains it; directories on the way are created if
   * requested.
   */
  const named = <T>(
    operation: string,
    path: string,
    action: (hostPath: string, name: Named) => Promise<T>,
    missing?: (name: Named) => Promise<T>,
  ) =>
    walked({ root, operation, path, followsLast: false }, async (end) => {
      const [name, ...below] = end.rest;
      if (name === undefined) return action(`${pathOf(end.place)}/.`, { ...end, name: "." });
      if (below.length === 0) return action(`${pathOf(end.place)}/${name}`, { ...end, name });
      if (missing !== undefined) return missing({ ...end, name });
      throw fileError("ENOENT", operation, path);
    });
  /** The directories to read in, where they are on the host. One that does not exist contains nothing. */
  const hostOptions = async (options: ReadOptions = {}): Promise<ReadOptions> => {
    if (options.within === undefined) return options;
    const { readlink } = await fs();
    const places = await Promise.all(
      options.within.map((path) =>
        walked({ root, operation: "open", path, followsLast: true }, ({ place, rest }) =>
          rest.length === 0 ? readlink(pathOf(place)) : Promise.resolve(undefined),
        ),
      ),
    );
    return { ...options, within: places.filter((place) => place !== undefined) };
  };
  const inMadeDirectory = <T>(operation: string, path: string, action: (hostPath: string) => Promise<T>) =>
    named(operation, path, action, ({ place, rest }) =>
      madeBelow(place, rest.slice(0, -1), { mode: 0o755, path }, (directory) =>
        action(`${pathOf(directory)}/${rest.at(-1)}`),
      ),
    );
  return {
    files: {
      read: (path, options) =>
        target("open", path, async (hostPath) => base.read(hostPath, await hostOptions(options))),
      readText: (path, options) =>
        target("open", path, async (hostPath) => base.readText(hostPath, await hostOptions(options))),
      status: async (path) => {
        try {
          return await named("lstat", path, (hostPath) => base.status(hostPath));
        } catch (error) {
          if (["not-found", "not-a-directory"].includes(codeOf(error))) return undefined;
          throw error;
        }
      },
      list: (directory) => target("open", directory, (hostPath) => base.list(hostPath)),
      write: (path, content, options) =>
        inMadeDirectory("open", path, (hostPath) => base.write(hostPath, content, options)),
      writeStream: (path, content, options) =>
        withStream(content, (watched) =>
          inMadeDirectory("open", path, (hostPath) => base.writeStream(hostPath, watched, options)),
        ),
      availableBytes: (path) =>
        walked({ root, operation: "statfs", path, followsLast: true }, ({ place, entry }) =>
          base.availableBytes(pathOf(entry ?? place)),
        ),
      changeMode: async (path, mode, isMeant) => {
        try {
          return await named("chmod", path, (hostPath) => base.changeMode(hostPath, mode, isMeant));
        } catch (error) {
          if (["not-found", "not-a-directory"].includes(codeOf(error))) return false;
          throw error;
        }
      },
      link: (path, pointsTo) => inMadeDirectory("symlink", path, (hostPath) => base.link(hostPath, pointsTo)),
      makeDirectory: (path, { mode }) =>
        walked({ root, operation: "mkdir", path, followsLast: true }, async ({ place, entry, rest }) => {
          if (entry !== undefined) throw fileError("ENOTDIR", "mkdir", path);
          await madeBelow(place, rest, { mode, path }, async () => undefined);
        }),
      remove: async (path, options = {}) => {
        try {
          return await named("lstat", path, (hostPath, { place, name }) =>
            options.recursive === true ? removeTree(place, name) : base.remove(hostPath, options),
          );
        } catch (error) {
          if (["not-found", "not-a-directory"].includes(codeOf(error))) return false;
          throw error;
        }
      },
      changed: (directory, signal) => changedBelow({ root, path: directory, base, signal }),
    },
    withSocket: (path, action) => target("connect", path, action),
    withEntry: (path, action) =>
      named("open", path, async (hostPath) => {
        const { open, constants } = await fs();
        const entry = await open(hostPath, O_PATH | constants.O_NOFOLLOW);
        try {
          return await action(`/proc/${process.pid}/fd/${entry.fd}`);
        } finally {
          await entry.close();
        }
      }),
  };
}

interface Change {
  readonly root: string;
  readonly path: string;
  readonly base: Files;
  readonly signal: AbortSignal;
}

/** If the directory does not exist yet, the deepest existing directory of its path is watched. */
async function changedBelow({ root, path, base, signal }: Change): Promise<void> {
  const walk: Walk = { root, operation: "open", path, followsLast: true };
  const isThere = () => walked(walk, async ({ rest }) => rest.length === 0);
  for (;;) {
    const outcome = await walked(walk, async ({ place, entry, rest }) => {
      if (rest.length === 0) {
        await base.changed(pathOf(entry ?? place), signal);
        return "changed";
      }
      const ended = new AbortController();
      const change = started(base.changed(pathOf(place), AbortSignal.any([signal, ended.signal])));
      try {
        // It may have been created before the watch was active.
        if (!(await isThere())) await change;
      } finally {
        ended.abort();
      }
      return "maybe";
    });
    if (outcome === "changed" || (await isThere())) return;
  }
}

interface Walk {
  readonly root: string;
  /** As errors name it. */
  readonly operation: string;
  readonly path: string;
  /** Follows a symlink at the end too. */
  readonly followsLast: boolean;
}

interface End {
  /** The deepest directory of the path that exists. */
  readonly place: FileHandle;
  /** What is at the end of the path but not a directory, if the end is followed. */
  readonly entry: FileHandle | undefined;
  /** The rest of the path: the names that do not exist or, if the end is not followed, the last one. */
  readonly rest: readonly string[];
}

type Named = End & { readonly name: string };

/** Walks the path and runs `action` at its end; whatever was opened on the way is closed afterwards. */
async function walked<T>(walk: Walk, action: (end: End) => Promise<T>): Promise<T> {
  const opened: FileHandle[] = [];
  try {
    return await action(await walkTo(walk, opened));
  } catch (error) {
    throw underOwnPath(error, walk);
  } finally {
    await Promise.all(opened.map((handle) => handle.close()));
  }
}

/** Errors name the path that was requested, not its place on the host; an abort stays an abort. */
function underOwnPath(error: unknown, { operation, path }: Walk): unknown {
  if (error instanceof FileError) return new FileError(error.code, error.operation, path, error.reason, error.cause);
  return errnoOf(error) === "" ? error : fileErrorOf(error, operation, path);
}

async function walkTo({ root, operation, path, followsLast }: Walk, opened: FileHandle[]): Promise<End> {
  const { open, readlink, constants } = await fs();
  const keep = (handle: FileHandle) => {
    opened.push(handle);
    return handle;
  };
  const top = keep(await open(root, O_PATH | constants.O_DIRECTORY));
  let way = [top];
  let links = 0;
  const todo = namesOf(path);
  for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
    if (name === "..") {
      if (way.length > 1) way.pop();
      continue;
    }
    const place = way.at(-1) ?? top;
    if (todo.length === 0 && !followsLast) return { place, entry: undefined, rest: [name] };
    const from = `${pathOf(place)}/${name}`;
    let found: FileHandle;
    try {
      found = keep(await open(from, O_PATH | constants.O_NOFOLLOW));
    } catch (error) {
      if (errnoOf(error) !== "ENOENT" || todo.includes("..")) throw error;
      return { place, entry: undefined, rest: [name, ...todo] };
    }
    const status = await found.stat();
    if (status.isDirectory()) way.push(found);
    else if (status.isSymbolicLink()) {
      if (++links > maxLinks) throw fileError("ELOOP", operation, path);
      const pointsTo = await readlink(from);
      if (pointsTo.startsWith("/")) way = [top];
      todo.unshift(...namesOf(pointsTo));
    } else if (todo.length > 0) throw fileError("ENOTDIR", operation, path);
    else return { place, entry: found, rest: [] };
  }
  return { place: way.at(-1) ?? top, entry: undefined, rest: [] };
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

/** The path that the handle was opened on, under its current name (proc_pid_fd(5)). */
function pathOf(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}

/** Creates the missing directories, each in its parent, and runs the action in the last one. */
async function madeBelow<T>(
  place: FileHandle,
  [name, ...below]: readonly string[],
  options: { readonly mode: number; readonly path: string },
  action: (directory: FileHandle) => Promise<T>,
): Promise<T> {
  if (name === undefined) return action(place);
  const { mkdir, open, constants } = await fs();
  await mkdir(`${pathOf(place)}/${name}`, { mode: options.mode }).catch((error: unknown) => {
    // Another process was faster; the next call finds out whether it is a directory.
    if (errnoOf(error) !== "EEXIST") throw error;
  });
  const made = await open(`${pathOf(place)}/${name}`, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    return await madeBelow(made, below, options, action);
  } finally {
    await made.close();
  }
}

/**
 * Returns whether there was something to remove. An entry that another process removes at the same time counts as
 * removed.
 */
async function removeTree(place: FileHandle, name: string): Promise<boolean> {
  const { open, readdir, rmdir, unlink, constants } = await fs();
  const path = `${pathOf(place)}/${name}`;
  let directory: FileHandle;
  try {
    directory = await open(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    if (errnoOf(error) !== "ENOTDIR" && errnoOf(error) !== "ELOOP") throw error;
    await unlink(path);
    return true;
  }
  try {
    for (const entry of await readdir(pathOf(directory))) await removeTree(directory, entry);
  } finally {
    await directory.close();
  }
  await rmdir(path);
  return true;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
