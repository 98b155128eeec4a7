import type { Clock } from "../async/clock.ts";
import { PortError } from "../errors/port-error.ts";
import type { ContentStream } from "./content-stream.ts";
import type { Services } from "./service-manager.ts";

/**
 * The parts of this machine that our commands use. Domain code takes the narrowest of these ports (`Files`, not
 * `Host`). The adapters are `local` (the real one), `rooted` (--rootfs), `dry-run`, `observed` (emits events) and `memory`
 * (tests). All of them pass the contract suites in test/contract.
 *
 * A method that takes a signal rejects with the signal's reason (`abortReason`) when it aborts, whatever else
 * it may throw, and leaves nothing behind: no child process, no listener, no watcher.
 */
export interface Host {
  readonly files: Files;
  readonly commands: Commands;
  readonly services: Services;
  readonly mounts: Mounts;
  readonly network: Network;
  readonly machine: Machine;
  readonly processes: Processes;
  readonly clock: Clock;
  /**
   * Opens a directory as a root. If the host can, it guarantees that nothing outside is reached even if someone renames
   * entries inside at the same time. The path is absolute.
   */
  readonly openRoot?: (root: string) => RootDirectory;
}

/** The files as a process sees them after it has changed its root directory. */
export interface RootDirectory {
  readonly files: Files;
  /** Resolves a socket path in the root: `hostPath` refers to that exact socket for the duration of the action. */
  withSocket<T>(path: string, action: (hostPath: string) => Promise<T>): Promise<T>;
  /**
   * Resolves what the path names at this moment, without following a symlink at its end. For the duration of the
   * action, `hostPath` refers to that exact entry in this program and in programs that it starts, even if the name now
   * belongs to something else.
   */
  withEntry<T>(path: string, action: (hostPath: string) => Promise<T>): Promise<T>;
}

/** What an entry of a directory is. */
export type FileKind = "file" | "directory" | "symlink" | "socket" | "other";

/** The status of an entry of a directory. */
export interface FileStatus {
  readonly kind: FileKind;
  /** Permission bits only, 0o000 to 0o7777. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  readonly modifiedAt: Date;
  /** Where a symlink points, as written in it. */
  readonly target?: string;
}

/** How a file is written. */
export interface WriteOptions {
  /** Permission bits of a new file, minus the process's umask. An existing file keeps its own bits, and its owner. */
  readonly mode: number;
  /** Another user's file is replaced as if it did not exist: the new one belongs to the user who runs this program. */
  readonly own?: boolean;
  /**
   * The content is secret: an existing file loses every permission bit beyond `mode`, even if the content is the same.
   * At no point is the content readable with wider permissions. Another user's file keeps its owner only in a directory
   * that only root and this program's user can write to: elsewhere it may be a trap, as with `own`.
   */
  readonly secret?: boolean;
  /** The content means nothing once the machine has stopped: nothing waits until it is on disk. */
  readonly transient?: boolean;
}

/**
 * "unchanged": content and mode were already as requested, and nothing was touched. Replacing a symlink with a file
 * counts as "changed".
 */
export type WriteOutcome = "created" | "changed" | "unchanged";

/** What `Files.remove` removes. */
export interface RemoveOptions {
  /** A directory goes with everything in it. */
  readonly recursive?: boolean;
  /** A directory goes only if nothing is in it. */
  readonly ifEmpty?: boolean;
}

/** How much of which files is read. */
export interface ReadOptions {
  /** Default 64 MiB; FileError "too-large" beyond that. */
  readonly maxBytes?: number;
  /**
   * Directories: only a regular file below one of them is read, even through symlinks; otherwise FileError "outside". For
   * paths that others specify, or where they can create symlinks. Nothing else is opened, not even to look at it.
   */
  readonly within?: readonly string[];
  /** Reads only the last `maxBytes` of a longer file: for logs, where the last lines matter. */
  readonly fromEnd?: boolean;
}

/** A regular file that is held open: its content stays that of this file, even if the name now belongs to another. */
export interface OpenedFile extends FileStatus {
  /** Returns its content, 64 MiB at most unless `maxBytes` says otherwise. Throws FileError. */
  read(options?: { readonly maxBytes?: number }): Promise<Uint8Array>;
}

/** The file system. Paths are absolute. Methods throw only FileError; its `path` is the path that the caller passed. */
export interface Files {
  /** Reads the whole content. Follows symlinks. */
  read(path: string, options?: ReadOptions): Promise<Uint8Array>;
  /** Like `read`, decoded as UTF-8; invalid bytes become U+FFFD. */
  readText(path: string, options?: ReadOptions): Promise<string>;
  /**
   * Returns the status of the path itself: a symlink is not followed. Undefined if nothing exists there, or a parent is
   * missing.
   */
  status(path: string): Promise<FileStatus | undefined>;
  /** Returns the names in a directory, sorted by code unit. */
  list(directory: string): Promise<readonly string[]>;
  /**
   * Writes all or nothing: a temporary file in the same directory, mode set at creation, fsync, rename, fsync of the
   * directory. A symlink at the target is replaced, never followed; a directory, device, FIFO or socket is refused.
   * Missing parents are created with 0755.
   */
  write(path: string, content: string | Uint8Array, options: WriteOptions): Promise<WriteOutcome>;
  /**
   * Writes like `write`, chunk by chunk, so that the full content is never in memory. A stream error is thrown unchanged,
   * and leaves nothing behind. The content is not compared: the outcome is never "unchanged".
   */
  writeStream(path: string, content: ContentStream, options: WriteOptions): Promise<WriteOutcome>;
  /**
   * Returns how many bytes are available to this program on the file system of a path, or of its nearest existing parent.
   */
  availableBytes(path: string): Promise<number>;
  /**
   * Creates the directory and its missing parents, all with the mode; an existing one, or a symlink to one, is
   * unchanged.
   */
  makeDirectory(path: string, options: { readonly mode: number }): Promise<void>;
  /**
   * Changes the permission bits of the regular file at `path`, if `isMeant` accepts the very file that gets them: replacing
   * the file at the same time has no effect. Symlinks are not followed. The owner and other hard links of the file stay.
   * Returns whether it was accepted; false if there is no regular file.
   */
  changeMode(path: string, mode: number, isMeant: (file: OpenedFile) => boolean | Promise<boolean>): Promise<boolean>;
  /**
   * Creates a symlink at `path` that points to `target`, atomically replacing a file or symlink. Parents as for
   * `write`.
   */
  link(path: string, target: string): Promise<void>;
  /**
   * Removes a file, a symlink (never its target) or, with `recursive`, a tree. With `ifEmpty`, an empty directory is removed
   * atomically; otherwise it stays and the result is false. A directory without either option is FileError
   * "is-a-directory". Returns whether there was something to remove.
   */
  remove(path: string, options?: RemoveOptions): Promise<boolean>;
  /**
   * Resolves at the next change of an entry of the directory (or when the directory is created), rejects on abort. This
   * is only a hint to check again: it may resolve without a change, and if the machine has no inotify watches left it
   * never resolves.
   */
  changed(directory: string, signal: AbortSignal): Promise<void>;
}

/** How a program is run. */
export interface CommandOptions {
  readonly signal: AbortSignal;
  /** Milliseconds until SIGTERM to the whole process group, followed by SIGKILL; nothing else ends the wait. */
  readonly timeoutMs: number;
  /**
   * Replaces the whole environment. The default is this program's environment without BUN_* and NODE_*: those
   * control the runtime that this program is built with (NODE_OPTIONS, NODE_TLS_REJECT_UNAUTHORIZED, BUN_BE_BUN), and
   * must not reach a child that may be built with it too.
   */
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** The command is read-only: a dry run runs it, and only records any other command. */
  readonly readOnly?: boolean;
}

/** How a program ended. */
export interface CommandResult {
  /** 128 + signal number for a child that a signal terminated, as shells report it. */
  readonly exitCode: number;
  /** UTF-8. Beyond 1 MiB, only the end is kept, where a program reports why it failed. The same for `stderr`. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs programs by argument vector, never through a shell. Secrets must not appear in `argv`. */
export interface Commands {
  /**
   * Throws CommandError when the program cannot be started or does not exit in time; a non-zero exit is a result. The
   * first word is looked up in PATH unless it contains a slash.
   */
  run(argv: readonly [string, ...string[]], options: CommandOptions): Promise<CommandResult>;
  /**
   * Returns the absolute path of an executable file in PATH; undefined if there is none. Ignores relative entries of
   * PATH, as Go's exec.LookPath does.
   */
  find(name: string): Promise<string | undefined>;
}

/** A program that could not be started, or did not exit in time. */
export class CommandError extends PortError {
  readonly code: "not-found" | "permission-denied" | "timed-out" | "other";
  readonly program: string;

  constructor(code: CommandError["code"], program: string, message: string, cause?: unknown) {
    super("CommandError", message, cause);
    this.code = code;
    this.program = program;
  }
}

/** Flags of umount2(2). */
export type UnmountFlag = "MNT_FORCE" | "MNT_DETACH" | "MNT_EXPIRE" | "UMOUNT_NOFOLLOW";

/** How a file system is unmounted. */
export interface UnmountOptions {
  readonly signal: AbortSignal;
  readonly flags?: readonly UnmountFlag[];
}

/** The mounts that a process of this machine sees. */
export interface Mounts {
  /**
   * Mount points without symlinks, in mount order; one with several mounts on it is listed once for each. Throws
   * FileError if they cannot be read.
   */
  list(): Promise<readonly string[]>;
  /** Unmounts the topmost mount at a mount point; throws MountError if it stays mounted. */
  unmount(path: string, options: UnmountOptions): Promise<void>;
}

/** A file system that stays mounted. */
export class MountError extends PortError {
  readonly code: "not-mounted" | "busy" | "permission-denied" | "other";
  readonly path: string;

  constructor(code: MountError["code"], path: string, message: string, cause?: unknown) {
    super("MountError", message, cause);
    this.code = code;
    this.path = path;
  }
}

/** An address of a network interface. */
export interface InterfaceAddress {
  readonly interface: string;
  readonly address: string;
  readonly family: "IPv4" | "IPv6";
  readonly internal: boolean;
}

/** The answer to `Network.probe`. */
export interface HttpProbe {
  readonly status: number;
  readonly body: string;
}

/** The machine's network, apart from requests to API servers (which go through a Transport). */
export interface Network {
  /**
   * Reports whether a TCP socket can listen on the port (on all addresses, unless one is given). Closed again before it
   * resolves.
   */
  canListen(port: number, address?: string): Promise<boolean>;
  /** Returns the addresses of a host name from the machine's resolver; rejects with NetworkError. */
  lookup(hostname: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Reports whether something accepts connections on a unix socket. */
  canConnect(socketPath: string, signal: AbortSignal): Promise<boolean>;
  /** Lists the addresses of all interfaces. */
  addresses(): readonly InterfaceAddress[];
  /** Names of the interfaces with a default route of the family, best first. */
  defaultRouteInterfaces(family: "IPv4" | "IPv6"): Promise<readonly string[]>;
  /**
   * The source address that this machine uses for packets to an IP address; undefined without a route. Sends nothing.
   */
  sourceAddress(destination: string, signal: AbortSignal): Promise<string | undefined>;
  /**
   * Sends one GET to this machine itself, for health endpoints: never through a proxy, without following redirects,
   * with at most 1 MiB of body. With https the certificate is not verified, same as upstream: nothing secret is sent.
   * Throws NetworkError, in Go's wording, if there is no answer.
   */
  probe(url: string, options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<HttpProbe>;
}

/** No answer of the resolver or of a health endpoint. */
export class NetworkError extends PortError {
  readonly code: "refused" | "unreachable" | "not-found" | "timed-out" | "reset" | "other";

  constructor(code: NetworkError["code"], message: string, cause?: unknown) {
    super("NetworkError", message, cause);
    this.code = code;
  }
}

/** The processes of this machine, or of this program's pid namespace. */
export interface Processes {
  /**
   * Returns what distinguishes a process from every other one that has or will have its pid: when it started, and in which
   * boot of the machine. Undefined if there is no such process. Never fails.
   */
  identity(pid: number): Promise<string | undefined>;
  /** Absent where all programs see the same processes. */
  readonly namespaces?: PidNamespaces;
}

/** The pid namespaces of the machine: containers that share a directory have processes of the same pid. */
export interface PidNamespaces {
  /** Names the one in which this program runs. Never fails. */
  own(): Promise<string>;
  /**
   * Finds out what became of a process in another namespace, given its pid and identity there. "unseen" if this program's
   * namespace cannot see it. Never fails.
   */
  find(process: {
    readonly pid: number;
    readonly identity: string;
    readonly namespace: string;
  }): Promise<"alive" | "ended" | "unseen">;
}

/** Properties of the machine and of this process that do not change while the program runs. */
export interface Machine {
  readonly platform: "linux" | "other";
  /** Effective user id. */
  readonly uid: number;
  /** Process id of this program. */
  readonly pid: number;
  /** As the operating system reports it: neither trimmed nor lowercased. */
  readonly hostname: string;
  /** `uname -r` */
  readonly kernelRelease: string;
  /** Number of CPUs that are online. */
  readonly cpus: number;
  /** Bytes of memory. */
  readonly memoryBytes: number;
  /** The environment variables of this process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}
