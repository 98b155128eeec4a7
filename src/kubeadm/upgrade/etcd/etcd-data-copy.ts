import { randomUUID } from "node:crypto";
import { orElse } from "../../../async/or-else.ts";
import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { foreignText } from "../../../errors/printable-text.ts";
import type { Events } from "../../../events/events.ts";
import { namesIn } from "../../../host/directories.ts";
import { FileError, isMissing } from "../../../host/file-error.ts";
import { freePath } from "../../../host/free-path.ts";
import { CommandError, type Commands, type Files, type Mounts } from "../../../host/host.ts";
import { resolvePath } from "../../../host/resolve-path.ts";
import { backupFailed, requireSpace } from "../backups/backup-space.ts";

export interface DataCopyPorts {
  readonly files: Pick<Files, "status" | "list" | "remove" | "availableBytes">;
  readonly commands: Pick<Commands, "run">;
  readonly mounts: Pick<Mounts, "list">;
  readonly signal: AbortSignal;
}

export interface EtcdDataPlaces {
  /** Of the member on this machine. */
  readonly dataDirectory: string;
  /** Where the copy is put. */
  readonly backupDirectory: string;
}

/** Milliseconds for a copy of etcd's data, which has at most some GB. */
const copyTimeoutMs = 15 * 60_000;
const replacedName = "member.kubeadm-replaced";
/** Between the name of a tree, and a random end, for a tree that is not whole or not needed any more. */
const incompleteMark = ".kubeadm-incomplete-";
const discardedMark = ".kubeadm-discarded-";

/** What the trees on disk say; the first row that fits counts. Whatever was killed, the next step begins with one of them. */
type DataState = "restoring" | "copied" | "uncopied" | "none";

/**
 * A copy of a member's data while etcd is stopped. Only such a copy can be restored as it is: a newer etcd changes the
 * data when it starts, so that the older one refuses it. Each step can be interrupted, and done again: a tree has its
 * name only while it is whole. A program that still copies for a run that was killed writes to its own name.
 *
 * | state     | member.kubeadm-restoring, next to data    | data | copy | `make`                             | `restore`                     |
 * |-----------|-------------------------------------------|------|------|------------------------------------|-------------------------------|
 * | restoring | there: a restoration was killed           | any  | any  | ends the restoration, copies again | ends the restoration          |
 * | restoring | none                                      | none | there| as above                           | restores the copy             |
 * | copied    | none                                      | there| there| keeps the copy, or copies again    | restores the copy             |
 * | uncopied  | none                                      | there| none | copies                             | fails: there is nothing to restore |
 * | none      | none                                      | none | none | fails                              | fails                         |
 */
export class EtcdDataCopy {
  readonly #data: string;
  readonly path: string;
  /** Beside the data, so that it takes the data's place by a rename. It is whole, and newer than the copy. */
  readonly #restoring: string;
  readonly #places: EtcdDataPlaces;
  readonly #ports: DataCopyPorts;

  constructor(places: EtcdDataPlaces, ports: DataCopyPorts) {
    this.#data = `${places.dataDirectory}/member`;
    this.path = `${places.backupDirectory}/member`;
    this.#restoring = `${places.dataDirectory}/member.kubeadm-restoring`;
    this.#places = places;
    this.#ports = ports;
  }

  /** Returns why the data cannot be replaced by a rename; undefined if it can. */
  async obstacle(): Promise<string | undefined> {
    const { files, mounts } = this.#ports;
    const data = await resolved(this.#data, files);
    const mounted = (await mounts.list()).find((path) => path === data || path.startsWith(`${data}/`));
    if (mounted !== undefined) return `${mounted} is a mount point`;
    const status = await files.status(this.#data);
    return status?.kind === "directory" ? undefined : `${this.#data} is not a directory`;
  }

  /** Throws UPGRADE_BACKUP_FAILED if there is no data: an etcd that starts without it founds another cluster. */
  async requireData(): Promise<void> {
    if (!(await this.#has(this.#data))) throw backupFailed(`there is no data of etcd at ${this.#data}`);
  }

  /** Reports whether there is a copy to restore. */
  async exists(): Promise<boolean> {
    return ["copied", "restoring"].includes(await this.state());
  }

  async state(): Promise<DataState> {
    if (await this.#has(this.#restoring)) return "restoring";
    const [hasData, hasCopy] = [await this.#has(this.#data), await this.#has(this.path)];
    if (hasCopy) return hasData ? "copied" : "restoring";
    return hasData ? "uncopied" : "none";
  }

  /** Returns the paths of data that a copy has replaced. Nothing removes it: only an operator knows what it is worth. */
  async replaced(): Promise<readonly string[]> {
    const { dataDirectory } = this.#places;
    // The paths only complete a message.
    const names = await orElse([], FileError, () => namesIn(this.#ports.files, dataDirectory));
    return names
      .filter((name) => /^member\.kubeadm-replaced(-\d+)?$/.test(name))
      .map((name) => `${dataDirectory}/${name}`);
  }

  /**
   * Throws UPGRADE_BACKUP_FAILED if there is no space for the copy, or to put it back. Returns how many bytes that takes
   * in the backup directory.
   */
  async requireSpace(): Promise<number> {
    const { files } = this.#ports;
    const { dataDirectory, backupDirectory } = this.#places;
    const { copyBytes, restoreBytes } = await spaceOfCopy(this.#places, this.#ports);
    await requireSpace({ path: backupDirectory, bytes: copyBytes, what: "a copy of etcd's data" }, files);
    const restoring = { path: dataDirectory, bytes: restoreBytes, what: "restoring etcd's data" };
    if (restoreBytes > 0) await requireSpace(restoring, files);
    return copyBytes;
  }

  /**
   * Copies the data of an etcd that is stopped. `keeps`: it has been stopped since an earlier attempt, whose copy is
   * used. Throws UPGRADE_BACKUP_FAILED.
   */
  async make({ keeps }: { readonly keeps: boolean }): Promise<void> {
    const state = await this.state();
    if (state === "copied" && keeps) return;
    // A restoration that was interrupted comes first: what it has not replaced yet is not the data to keep.
    if (state === "restoring" || state === "none") await this.restore();
    await this.#setAside(this.path);
    for (const path of await this.#leftovers()) await this.#removeIfPossible(path);
    await this.requireSpace();
    await this.#copyWhole(this.#data, this.path, { links: false });
  }

  /**
   * Replaces the data of a stopped etcd with the copy; the replaced data stays next to it. Throws
   * UPGRADE_BACKUP_FAILED.
   */
  async restore(): Promise<void> {
    if (!(await this.#has(this.#restoring))) {
      if (!(await this.#has(this.path))) throw backupFailed(`there is no copy of etcd's data at ${this.path}`);
      await this.#copyWhole(this.path, this.#restoring, { links: true });
    }
    // The previous etcd may write to files that both have.
    await this.#setAside(this.path);
    const replaced = `${this.#places.dataDirectory}/${replacedName}`;
    const free = await freePath(replaced, (number) => `${replaced}-${number}`, this.#ports.files);
    if (await this.#has(this.#data)) await this.#move(this.#data, free);
    await this.#move(this.#restoring, this.#data);
  }

  /** Removes the copy, which is no longer needed once etcd works. */
  async discard(): Promise<void> {
    for (const path of [this.path, this.#restoring]) await this.#setAside(path);
    for (const path of await this.#leftovers()) await this.#ports.files.remove(path, { recursive: true });
  }

  /** Returns the trees that are not whole, or not needed any more. */
  async #leftovers(): Promise<readonly string[]> {
    const { backupDirectory, dataDirectory } = this.#places;
    const found: string[] = [];
    for (const directory of [backupDirectory, dataDirectory]) {
      const names = await namesIn(this.#ports.files, directory);
      const left = names.filter((name) => name.includes(incompleteMark) || name.includes(discardedMark));
      found.push(...left.map((name) => `${directory}/${name}`));
    }
    return found;
  }

  async #has(path: string): Promise<boolean> {
    return (await this.#ports.files.status(path)) !== undefined;
  }

  /** Makes a copy that is on disk and whole when it gets its name. `links`: it may share its files with the other tree. */
  async #copyWhole(from: string, to: string, { links }: { readonly links: boolean }): Promise<void> {
    const incomplete = `${to}${incompleteMark}${randomUUID()}`;
    try {
      await this.#copyTree(from, incomplete, links);
      await this.#run(["sync", "-f", incomplete]);
    } catch (error) {
      // The previous etcd starts next, and needs the space.
      await this.#removeIfPossible(incomplete);
      throw error;
    }
    await this.#move(incomplete, to);
    await this.#run(["sync", "-f", to]);
  }

  async #copyTree(from: string, to: string, links: boolean): Promise<void> {
    if (links) {
      // Takes no space, but cannot leave the file system.
      if ((await this.#attempt(["cp", "-al", from, to])) === undefined) return;
      await this.#ports.files.remove(to, { recursive: true });
    }
    const failure = await this.#attempt(["cp", "-a", "--reflink=auto", from, to]);
    if (failure === undefined) return;
    // Not every cp has the option.
    if (!failure.includes("reflink")) throw backupFailed(failure);
    await this.#run(["cp", "-a", from, to]);
  }

  /** A part that stays only takes space: a program of a run that was killed may still write to it. */
  async #removeIfPossible(path: string): Promise<void> {
    await orElse(undefined, FileError, () => this.#ports.files.remove(path, { recursive: true }));
  }

  /** Takes a tree's name away in one step, so that a part of it never has that name. `discard` removes the tree. */
  async #setAside(path: string): Promise<void> {
    if (await this.#has(path)) await this.#move(path, `${path}${discardedMark}${randomUUID()}`);
  }

  async #move(from: string, to: string): Promise<void> {
    await this.#run(["mv", "-T", from, to]);
  }

  async #run(argv: readonly [string, ...string[]]): Promise<void> {
    const failure = await this.#attempt(argv);
    if (failure !== undefined) throw backupFailed(failure);
  }

  /** Returns why the command failed. */
  async #attempt(argv: readonly [string, ...string[]]): Promise<string | undefined> {
    try {
      const { commands, signal } = this.#ports;
      const { exitCode, stderr } = await commands.run(argv, { signal, timeoutMs: copyTimeoutMs });
      if (exitCode === 0) return undefined;
      return `\`${argv.join(" ")}\` failed with status ${exitCode}: ${foreignText(stderr.trim())}`;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw backupFailed(error.message, error);
    }
  }
}

export interface SpaceOfCopy {
  /** What the data takes now. */
  readonly dataBytes: number;
  /** What the copy takes in the backup directory, with what putting it back takes of the same file system. */
  readonly copyBytes: number;
  /** The space that restoring it takes next to the data; 0 on the same file system. */
  readonly restoreBytes: number;
}

/** Returns the space that a copy of a member's data takes. */
export async function spaceOfCopy(
  { dataDirectory, backupDirectory }: EtcdDataPlaces,
  { files, mounts }: Pick<DataCopyPorts, "mounts"> & { readonly files: SizedFiles & Pick<Files, "availableBytes"> },
): Promise<SpaceOfCopy> {
  const dataBytes = await bytesBelow(`${dataDirectory}/member`, files);
  const mounted = await mounts.list();
  const mountPoint = async (path: string) => mountPointOf(await resolved(path, files), mounted);
  const isElsewhere = (await mountPoint(dataDirectory)) !== (await mountPoint(backupDirectory));
  const [here, there] = await Promise.all([files.availableBytes(backupDirectory), files.availableBytes(dataDirectory)]);
  if (here !== there) return { dataBytes, copyBytes: dataBytes, restoreBytes: dataBytes };
  // Within one mount, links put the copy back. The same number behind two mount points is one file system.
  return { dataBytes, copyBytes: isElsewhere ? 2 * dataBytes : dataBytes, restoreBytes: 0 };
}

function resolved(path: string, files: Pick<Files, "status">): Promise<string> {
  return resolvePath(path, { status: (each) => files.status(each), followLast: true });
}

/** Returns the mount point of the file system on which a path is. */
function mountPointOf(path: string, mounted: readonly string[]): string {
  const above = mounted.filter((each) => path === each || path.startsWith(each === "/" ? each : `${each}/`));
  return above.toSorted((left, right) => left.length - right.length).at(-1) ?? "/";
}

/** Returns the copy of a member's data; undefined if its static Pod does not say where the data is. */
export function dataCopyOf(
  { dataDirectory }: { readonly dataDirectory?: string },
  backupDirectory: string,
  ports: DataCopyPorts,
): EtcdDataCopy | undefined {
  return dataDirectory === undefined ? undefined : new EtcdDataCopy({ dataDirectory, backupDirectory }, ports);
}

/** Says where data stays that copies have replaced; empty if there is none. */
export function replacedText(paths: readonly string[]): string {
  return paths.length === 0
    ? ""
    : `the etcd data that an upgrade replaced is kept in ${paths.join(", ")}: delete it once you have checked that nothing is missing`;
}

export async function warnOfReplaced(copy: EtcdDataCopy | undefined, events: Events): Promise<void> {
  const message = replacedText((await copy?.replaced()) ?? []);
  if (message !== "") events.emit("warning", { area: "upgrade/etcd", message });
}

/** Discards a copy when etcd works: one that stays takes space, and nothing else. */
export async function discardCopy(copy: EtcdDataCopy | undefined, events: Events): Promise<void> {
  try {
    await copy?.discard();
  } catch (error) {
    if (!(error instanceof FileError || isKubeadmError(error))) throw error;
    events.emit("warning", {
      area: "upgrade/etcd",
      message: `the copy of etcd's data could not be removed: ${error.message}`,
    });
  }
}

type SizedFiles = Pick<Files, "status" | "list">;

async function bytesBelow(directory: string, files: SizedFiles): Promise<number> {
  // etcd removes files of its log at any time.
  return orElse(0, isMissing, async () => {
    let bytes = 0;
    for (const name of await files.list(directory)) {
      const path = `${directory}/${name}`;
      const status = await files.status(path);
      if (status?.kind === "directory") bytes += await bytesBelow(path, files);
      else bytes += status?.size ?? 0;
    }
    return bytes;
  });
}
