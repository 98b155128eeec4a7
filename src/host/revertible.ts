import { missingParents, removeIfEmpty } from "./directories.ts";
import { FileError } from "./file-error.ts";
import type { FileStatus, Files } from "./host.ts";

export interface RevertibleFiles extends Files {
  /**
   * Restores what every path held before the first change made through this object, in reverse order of the changes.
   * What another program has since written there stays. One path that cannot be restored does not prevent restoring the
   * others: the first failure is thrown at the end, and a further call retries what failed.
   */
  revert(): Promise<void>;
  /** Paths changed so far, in order. */
  changedPaths(): readonly string[];
}

type Restore = () => Promise<void>;
/**
 * What a change through this object leaves at a path: bytes of a file, size and time of one that was written as a stream,
 * the target of a link, nothing.
 */
type Left =
  | { readonly bytes: Uint8Array }
  | Pick<FileStatus, "size" | "modifiedAt">
  | { readonly target: string }
  | "nothing";

/**
 * Files that remember what they overwrite, so that a phase that fails can leave the machine as it found it. Restores
 * the contents of regular files, symlinks, absence, and directories that `makeDirectory` or a write created. A mode
 * that a secret has tightened stays tight; recursively removed trees are not restored.
 */
export function revertibleFiles(files: Files): RevertibleFiles {
  const restores = new Map<string, Restore>();
  const left = new Map<string, Left>();

  const remember = async (path: string, leaving?: Left) => {
    if (leaving !== undefined) left.set(path, leaving);
    if (restores.has(path)) return;
    for (const parent of await missingParents(files, path)) {
      if (!restores.has(parent)) restores.set(parent, () => removeIfEmpty(files, parent));
    }
    restores.set(path, await restoreOf(files, path));
  };

  return {
    ...bound(files),
    write: async (path, content, options) => {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content.slice();
      await remember(path, { bytes });
      return files.write(path, content, options);
    },
    writeStream: async (path, content, options) => {
      await remember(path);
      const outcome = await files.writeStream(path, content, options);
      const status = await files.status(path);
      if (status !== undefined) left.set(path, { size: status.size, modifiedAt: status.modifiedAt });
      return outcome;
    },
    makeDirectory: async (path, options) => {
      await remember(`${path}/.`);
      return files.makeDirectory(path, options);
    },
    link: async (path, target) => {
      await remember(path, { target });
      return files.link(path, target);
    },
    remove: async (path, options) => {
      await remember(path, "nothing");
      return files.remove(path, options);
    },
    revert: async () => {
      const failures: unknown[] = [];
      for (const [path, restore] of [...restores].toReversed()) {
        try {
          if (await isAsLeft(files, path, left.get(path))) await restore();
          restores.delete(path);
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
    changedPaths: () => [...restores.keys()],
  };
}

function bound(files: Files): Files {
  return {
    read: (path, options) => files.read(path, options),
    readText: (path, options) => files.readText(path, options),
    status: (path) => files.status(path),
    list: (directory) => files.list(directory),
    write: (path, content, options) => files.write(path, content, options),
    writeStream: (path, content, options) => files.writeStream(path, content, options),
    availableBytes: (path) => files.availableBytes(path),
    makeDirectory: (path, options) => files.makeDirectory(path, options),
    changeMode: (path, mode, isMeant) => files.changeMode(path, mode, isMeant),
    link: (path, target) => files.link(path, target),
    remove: (path, options) => files.remove(path, options),
    changed: (directory, signal) => files.changed(directory, signal),
  };
}

async function restoreOf(files: Files, path: string): Promise<Restore> {
  if (path.endsWith("/.")) return async () => undefined;
  const status = await files.status(path).catch((error: unknown) => {
    // The write that follows would fail for the same reason, and this is its error.
    throw error instanceof FileError ? new FileError(error.code, "open", path, error.reason, error) : error;
  });
  if (status === undefined) return async () => void (await files.remove(path));
  if (status.kind === "symlink") return () => files.link(path, status.target ?? "");
  if (status.kind !== "file") return async () => undefined;
  const content = await files.read(path);
  return async () => void (await files.write(path, content, { mode: status.mode, secret: true }));
}

/** Nothing has changed the path since; directories have no such mark. */
async function isAsLeft(files: Files, path: string, left: Left | undefined): Promise<boolean> {
  if (left === undefined) return true;
  const status = await files.status(path);
  if (left === "nothing") return status === undefined || status.kind === "directory";
  if ("target" in left) return status?.kind === "symlink" && status.target === left.target;
  if (status?.kind !== "file") return false;
  if ("size" in left) return status.size === left.size && status.modifiedAt.getTime() === left.modifiedAt.getTime();
  if (status.size !== left.bytes.length) return false;
  const bytes = await files.read(path);
  return bytes.length === left.bytes.length && bytes.every((byte, index) => byte === left.bytes[index]);
}
