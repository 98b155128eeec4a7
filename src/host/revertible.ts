import type { Files } from "./host.ts";

export interface RevertibleFiles extends Files {
  /** Puts back what every path held before the first change made through this object; last changed, first restored. */
  revert(): Promise<void>;
  /** Paths changed so far, in order. */
  changedPaths(): readonly string[];
}

type Restore = () => Promise<void>;

/**
 * Files that remember what they overwrite, so that a phase which fails can leave the machine as it found it. Restores
 * contents of regular files, symlinks, absence, and directories that `makeDirectory` or a write brought into being. A mode
 * that a secret has tightened stays tight; trees removed recursively are not brought back.
 */
export function revertibleFiles(files: Files): RevertibleFiles {
  const restores = new Map<string, Restore>();

  const remember = async (path: string) => {
    if (restores.has(path)) return;
    for (const parent of await missingParents(files, path)) {
      if (!restores.has(parent)) restores.set(parent, () => removeIfEmpty(files, parent));
    }
    restores.set(path, await restoreOf(files, path));
  };

  return {
    ...bound(files),
    write: async (path, content, options) => {
      await remember(path);
      return files.write(path, content, options);
    },
    makeDirectory: async (path, options) => {
      await remember(`${path}/.`);
      return files.makeDirectory(path, options);
    },
    link: async (path, target) => {
      await remember(path);
      return files.link(path, target);
    },
    remove: async (path, options) => {
      await remember(path);
      return files.remove(path, options);
    },
    revert: async () => {
      for (const [path, restore] of [...restores].toReversed()) {
        await restore();
        restores.delete(path);
      }
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
    makeDirectory: (path, options) => files.makeDirectory(path, options),
    link: (path, target) => files.link(path, target),
    remove: (path, options) => files.remove(path, options),
    changed: (directory, signal) => files.changed(directory, signal),
  };
}

async function missingParents(files: Files, path: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
    const parent = path.slice(0, at);
    if ((await files.status(parent)) !== undefined) break;
    missing.unshift(parent);
  }
  return missing;
}

async function restoreOf(files: Files, path: string): Promise<Restore> {
  if (path.endsWith("/.")) return async () => undefined;
  const status = await files.status(path);
  if (status === undefined) return async () => void (await files.remove(path));
  if (status.kind === "symlink") return () => files.link(path, status.target ?? "");
  if (status.kind !== "file") return async () => undefined;
  const content = await files.read(path);
  return async () => void (await files.write(path, content, { mode: status.mode, secret: true }));
}

async function removeIfEmpty(files: Files, directory: string): Promise<void> {
  const status = await files.status(directory);
  if (status?.kind === "directory" && (await files.list(directory)).length === 0) {
    await files.remove(directory, { recursive: true });
  }
}
