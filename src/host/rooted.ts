import { join } from "node:path/posix";
import { orElse } from "../async/or-else.ts";
import { withStream } from "./content-stream.ts";
import { FileError } from "./file-error.ts";
import { findProgram } from "./find-program.ts";
import {
  CommandError,
  type Commands,
  type Files,
  type Host,
  MountError,
  type Mounts,
  type ReadOptions,
  type RootDirectory,
} from "./host.ts";
import { commandServices } from "./local/services.ts";
import { isWithin } from "./node-files.ts";
import { resolvePath } from "./resolve-path.ts";

/**
 * Returns the host as a process sees it whose root directory is `root` (--rootfs). No path leads outside, neither by ".."
 * nor by a symlink; an absolute symlink is resolved from that root. Programs are those of the root and run through
 * chroot(8). Only root may use chroot: for other users no program is found. The network, the clock and the machine are
 * the host's.
 */
export function rootedHost(host: Host, root: string): Host {
  const directory = rootDirectoryOf(host, root);
  const commands = rootedCommands(host, { root, directory });
  return {
    files: directory.files,
    commands,
    services: commandServices(commands),
    mounts: rootedMounts(host, { root, directory }),
    network: {
      ...host.network,
      canConnect: async (socketPath, signal) => {
        return orElse(false, FileError, () =>
          directory.withSocket(socketPath, (hostPath) => host.network.canConnect(hostPath, signal)),
        );
      },
    },
    machine: host.machine,
    processes: host.processes,
    clock: host.clock,
  };
}

/**
 * The directory by the host's own means; by paths alone if the host has none, which is safe if nobody else changes it.
 */
export function rootDirectoryOf(host: Pick<Host, "files" | "openRoot">, root: string): RootDirectory {
  return host.openRoot?.(root) ?? directoryByPaths(host.files, root);
}

interface Rooted {
  readonly root: string;
  readonly directory: RootDirectory;
}

/** The host's mounts at and below the root, under the root's names for them. */
function rootedMounts({ files, mounts }: Host, { root, directory }: Rooted): Mounts {
  const realRoot = () => resolvePath(root, { status: files.status, followLast: true });
  return {
    list: async () => {
      const real = await realRoot();
      const prefix = real === "/" ? 0 : real.length;
      return (await mounts.list()).filter((path) => isWithin(path, real)).map((path) => path.slice(prefix) || "/");
    },
    unmount: async (path, options) => {
      try {
        // The path is of an entry that is held open: a program that resolved the name again could be redirected. An
        // open entry is in use, so the mount can only be detached, which still removes it from the root.
        const { flags = [], signal } = options;
        const detaching = [...new Set([...flags, "UMOUNT_NOFOLLOW", "MNT_DETACH"] as const)];
        await directory.withEntry(path, (hostPath) =>
          mounts.unmount(hostPath, { signal, flags: flags.includes("MNT_EXPIRE") ? flags : detaching }),
        );
      } catch (error) {
        if (!(error instanceof MountError)) throw error;
        throw new MountError(error.code, path, error.message, error);
      }
    },
  };
}

function directoryByPaths(files: Files, root: string): RootDirectory {
  const at = rootedPaths(files, root);
  return {
    files: rootedFiles(files, at),
    withSocket: async (path, action) => action(await at(path, "target")),
    withEntry: async (path, action) => {
      const status = (each: string) => files.status(join(root, each));
      const real = await resolvePath(root, { status: files.status, followLast: true });
      return action(join(real, await resolvePath(path, { status, followLast: false })));
    },
  };
}

/** Returns the host's path for a path in the root: of the entry itself, or of its target if it is a symlink. */
type Paths = (path: string, of: "entry" | "target") => Promise<string>;

function rootedPaths(files: Pick<Files, "status">, root: string): Paths {
  return async (path, of) => {
    const status = (each: string) => files.status(join(root, each));
    return join(root, await resolvePath(path, { status, followLast: of === "target" }));
  };
}

function rootedFiles(files: Files, at: Paths): Files {
  const target = <T>(path: string, action: (hostPath: string) => Promise<T>) =>
    on(path, () => at(path, "target"), action);
  const entry = <T>(path: string, action: (hostPath: string) => Promise<T>) =>
    on(path, () => at(path, "entry"), action);
  const hostOptions = async (options: ReadOptions = {}): Promise<ReadOptions> => {
    const { within } = options;
    if (within === undefined) return options;
    return { ...options, within: await Promise.all(within.map((each) => at(each, "target"))) };
  };
  return {
    read: (path, options) => target(path, async (hostPath) => files.read(hostPath, await hostOptions(options))),
    readText: (path, options) => target(path, async (hostPath) => files.readText(hostPath, await hostOptions(options))),
    status: (path) => entry(path, (hostPath) => files.status(hostPath)),
    list: (directory) => target(directory, (hostPath) => files.list(hostPath)),
    write: (path, content, options) => entry(path, (hostPath) => files.write(hostPath, content, options)),
    writeStream: (path, content, options) =>
      withStream(content, (watched) => entry(path, (hostPath) => files.writeStream(hostPath, watched, options))),
    availableBytes: (path) => target(path, (hostPath) => files.availableBytes(hostPath)),
    makeDirectory: (path, options) => target(path, (hostPath) => files.makeDirectory(hostPath, options)),
    changeMode: (path, mode, isMeant) => entry(path, (hostPath) => files.changeMode(hostPath, mode, isMeant)),
    link: (path, pointsTo) => entry(path, (hostPath) => files.link(hostPath, pointsTo)),
    remove: (path, options) => entry(path, (hostPath) => files.remove(hostPath, options)),
    changed: (directory, signal) => target(directory, (hostPath) => files.changed(hostPath, signal)),
  };
}

/** Errors name the path that was requested, not its place on the host. */
async function on<T>(
  path: string,
  resolve: () => Promise<string>,
  action: (hostPath: string) => Promise<T>,
): Promise<T> {
  try {
    return await action(await resolve());
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new FileError(error.code, error.operation, path, error.reason, error.cause);
  }
}

function rootedCommands(host: Host, { root, directory }: Rooted): Commands {
  const isExecutable = async (path: string) => {
    try {
      const status = (each: string) => directory.files.status(each);
      const found = await status(await resolvePath(path, { status, followLast: true }));
      return found?.kind === "file" && (found.mode & 0o111) !== 0;
    } catch {
      return false;
    }
  };
  const find = async (name: string) =>
    host.machine.uid === 0 ? findProgram(name, host.machine.environment["PATH"], isExecutable) : undefined;
  return {
    find,
    run: async ([name, ...args], options) => {
      if (host.machine.uid !== 0) {
        throw new CommandError("permission-denied", name, `chroot ${root}: operation not permitted`);
      }
      const program = await find(name);
      if (program === undefined) throw missing(name);
      try {
        return await host.commands.run(["chroot", root, program, ...args], options);
      } catch (error) {
        if (!(error instanceof CommandError) || error.code !== "timed-out") throw error;
        throw new CommandError("timed-out", name, error.message.replace(/^chroot\b/, name), error);
      }
    },
  };
}

function missing(name: string): CommandError {
  const message = name.includes("/")
    ? `fork/exec ${name}: no such file or directory`
    : `exec: ${JSON.stringify(name)}: executable file not found in $PATH`;
  return new CommandError("not-found", name, message);
}
