import type { Clock } from "../async/clock.ts";
import { foreignText } from "../errors/printable-text.ts";

/**
 * This machine, as far as a command of ours touches it. Domain code takes the narrowest of these ports (`Files`, not
 * `Host`); adapters are `local` (the real one), `rooted` (--rootfs), `dry-run`, `observed` (tells events) and `memory`
 * (tests). All of them pass the contract suites of test/contract.
 *
 * Wherever a method takes a signal, it rejects with the signal's reason (`abortReason`) when that aborts, whatever else
 * it may throw, and leaves nothing behind: no child, no listener, no watcher.
 */
export interface Host {
  readonly files: Files;
  readonly commands: Commands;
  readonly services: Services;
  readonly mounts: Mounts;
  readonly network: Network;
  readonly machine: Machine;
  readonly clock: Clock;
  /**
   * A directory as a root of its own, where the host can see to it that nothing outside is reached, whoever changes names
   * inside meanwhile. The path is absolute.
   */
  readonly openRoot?: (root: string) => RootDirectory;
}

/** What a process sees of the files that has changed its root to a directory. */
export interface RootDirectory {
  readonly files: Files;
  /** The socket at a path of the root: `hostPath` leads to that very one while the action lasts. */
  withSocket<T>(path: string, action: (hostPath: string) => Promise<T>): Promise<T>;
  /**
   * What the path names at this moment, a symlink at its end not followed: `hostPath` leads this program, and those that it
   * starts, to that very one while the action lasts, whatever has the name by then.
   */
  withEntry<T>(path: string, action: (hostPath: string) => Promise<T>): Promise<T>;
}

export type FileKind = "file" | "directory" | "symlink" | "socket" | "other";

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

export interface WriteOptions {
  /** Permission bits of a new file, less the process's umask. An existing file keeps its own, and its owner. */
  readonly mode: number;
  /**
   * The content is secret: an existing file loses every permission bit beyond `mode`, even if the content is the same; at
   * no moment is the content readable with more.
   */
  readonly secret?: boolean;
}

/** "unchanged": content and mode were as wanted, nothing was touched. A symlink that a file replaces counts as "changed". */
export type WriteOutcome = "created" | "changed" | "unchanged";

/** Paths are absolute. Every method throws FileError and nothing else, `path` being the one it was given. */
export interface Files {
  /** The whole content; `maxBytes` (default 64 MiB) bounds it with FileError "too-large". Follows symlinks. */
  read(path: string, options?: { readonly maxBytes?: number }): Promise<Uint8Array>;
  /** As `read`, decoded as UTF-8; bytes that are no UTF-8 become U+FFFD. */
  readText(path: string, options?: { readonly maxBytes?: number }): Promise<string>;
  /** Of the path itself: a symlink is not followed. Undefined where nothing is (or a parent is missing). */
  status(path: string): Promise<FileStatus | undefined>;
  /** Names in a directory, sorted by code unit. */
  list(directory: string): Promise<readonly string[]>;
  /**
   * Writes all or nothing: a temporary file beside the target, mode set at creation, fsync, rename, fsync of the
   * directory. A symlink in the place of the target is replaced, never followed; a directory, device, FIFO or socket is
   * refused. Missing parents are made with 0755.
   */
  write(path: string, content: string | Uint8Array, options: WriteOptions): Promise<WriteOutcome>;
  /** Makes the directory and its missing parents, all with the mode; an existing one, or a symlink to one, is left as is. */
  makeDirectory(path: string, options: { readonly mode: number }): Promise<void>;
  /** Makes a symlink at `path` that points to `target`, atomically in the place of a file or symlink. Parents as for `write`. */
  link(path: string, target: string): Promise<void>;
  /**
   * Removes a file, a symlink (never what it points to) or, with `recursive`, a tree; a directory without `recursive` is
   * FileError "is-a-directory". Says whether there was something.
   */
  remove(path: string, options?: { readonly recursive?: boolean }): Promise<boolean>;
  /**
   * Resolves at the next change of an entry of the directory (or of the directory's coming to be), rejects on abort. Only
   * ever a hint to look again: it may resolve for nothing, and where the machine has no watches left it never resolves.
   */
  changed(directory: string, signal: AbortSignal): Promise<void>;
}

export type FileErrorCode =
  | "not-found"
  | "permission-denied"
  | "no-space"
  | "read-only"
  | "not-a-directory"
  | "is-a-directory"
  | "too-large"
  | "other";

/** `open /etc/x: no such file or directory`: worded as Go words it, since operators search for these texts. */
export class FileError extends Error {
  readonly code: FileErrorCode;
  readonly operation: string;
  readonly path: string;
  readonly reason: string;

  constructor(code: FileErrorCode, operation: string, path: string, reason: string, cause?: unknown) {
    super(foreignText(`${operation} ${path}: ${reason}`), cause === undefined ? undefined : { cause });
    this.name = "FileError";
    this.code = code;
    this.operation = operation;
    this.path = path;
    this.reason = reason;
  }
}

export interface CommandOptions {
  readonly signal: AbortSignal;
  /** Milliseconds until SIGTERM to the whole process group, then SIGKILL; the wait has no other end. */
  readonly timeoutMs: number;
  /**
   * Replaces the whole environment. By default it is the program's own one less BUN_*, NODE_* and useJIT: those steer the
   * runtime this program is made with (NODE_OPTIONS, NODE_TLS_REJECT_UNAUTHORIZED, BUN_BE_BUN), and must not reach a child
   * that happens to be made with it too.
   */
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** The command only looks: a dry run runs it, and records any other. */
  readonly readOnly?: boolean;
}

export interface CommandResult {
  /** 128 + signal number for a child that a signal ended, as shells count. */
  readonly exitCode: number;
  /** UTF-8; of more than 1 MiB only the end, where a program says why it failed. The same for `stderr`. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Programs are run by argument vector; no shell is ever involved. Secrets must not stand in `argv`. */
export interface Commands {
  /**
   * Throws CommandError when the program cannot be started or does not end in time; a non-zero exit is a result. The first
   * word is looked up in PATH unless it has a slash.
   */
  run(argv: readonly [string, ...string[]], options: CommandOptions): Promise<CommandResult>;
  /** Absolute path of an executable file found in PATH; relative entries of PATH do not count, as in Go. */
  find(name: string): Promise<string | undefined>;
}

export class CommandError extends Error {
  readonly code: "not-found" | "permission-denied" | "timed-out" | "other";
  readonly program: string;

  constructor(code: CommandError["code"], program: string, message: string, cause?: unknown) {
    super(foreignText(message), cause === undefined ? undefined : { cause });
    this.name = "CommandError";
    this.code = code;
    this.program = program;
  }
}

export type ServiceState = "active" | "activating" | "inactive" | "failed" | "unknown";

export interface ServiceStatus {
  readonly exists: boolean;
  readonly enabled: boolean;
  readonly state: ServiceState;
  /** systemd's sub state ("running", "auto-restart", …); empty elsewhere. */
  readonly subState: string;
  /**
   * How often the service manager has started it again by itself since these Services last started it, or first looked
   * at it where they did not; 0 where the manager does not count. What was before is not this program's doing: a kubelet
   * without a configuration is started every ten seconds.
   */
  readonly restarts: number;
  /** Unit files changed since the manager read them. */
  readonly needsReload: boolean;
  /** Exit status of the main process's last end. */
  readonly exitStatus?: number;
}

export type ServiceManager = "systemd" | "openrc" | "none";

/** Throws ServiceError where the manager refuses; with manager "none" every method but `manager` does so. */
export interface Services {
  manager(): Promise<ServiceManager>;
  status(service: string, signal: AbortSignal): Promise<ServiceStatus>;
  start(service: string, signal: AbortSignal): Promise<void>;
  stop(service: string, signal: AbortSignal): Promise<void>;
  restart(service: string, signal: AbortSignal): Promise<void>;
  /** Makes the manager read changed unit files (systemctl daemon-reload); nothing to do elsewhere. */
  reloadDefinitions(signal: AbortSignal): Promise<void>;
  /** The command an operator would type to have the service started at boot. */
  enableCommand(service: string): Promise<string>;
  /**
   * The service's last lines of log since its latest start, oldest first. Empty where there is no journal, and after a
   * restart by these Services that has not led to a start: older lines do not tell why.
   */
  journal(
    service: string,
    options: { readonly lines: number; readonly signal: AbortSignal },
  ): Promise<readonly string[]>;
}

export class ServiceError extends Error {
  readonly service: string;

  constructor(service: string, message: string, cause?: unknown) {
    super(foreignText(message), cause === undefined ? undefined : { cause });
    this.name = "ServiceError";
    this.service = service;
  }
}

export type UnmountFlag = "MNT_FORCE" | "MNT_DETACH" | "MNT_EXPIRE" | "UMOUNT_NOFOLLOW";

export interface UnmountOptions {
  readonly signal: AbortSignal;
  readonly flags?: readonly UnmountFlag[];
}

/** What is mounted where, as a process of this machine sees it. */
export interface Mounts {
  /**
   * Mount points without symlinks, in the order in which they came to be; one with several mounts on it stands there as
   * often. FileError where that cannot be told.
   */
  list(): Promise<readonly string[]>;
  /** Takes the topmost mount off a mount point; MountError where it stays. */
  unmount(path: string, options: UnmountOptions): Promise<void>;
}

export class MountError extends Error {
  readonly code: "not-mounted" | "busy" | "permission-denied" | "other";
  readonly path: string;

  constructor(code: MountError["code"], path: string, message: string, cause?: unknown) {
    super(foreignText(message), cause === undefined ? undefined : { cause });
    this.name = "MountError";
    this.code = code;
    this.path = path;
  }
}

export interface InterfaceAddress {
  readonly interface: string;
  readonly address: string;
  readonly family: "IPv4" | "IPv6";
  readonly internal: boolean;
}

export interface HttpProbe {
  readonly status: number;
  readonly body: string;
}

export interface Network {
  /** Whether a TCP socket can listen on the port (all addresses, unless one is given). Closed again before it resolves. */
  canListen(port: number, address?: string): Promise<boolean>;
  /** Addresses of a host name by the machine's resolver; rejects with NetworkError. */
  lookup(hostname: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Whether something accepts connections on a unix socket. */
  canConnect(socketPath: string, signal: AbortSignal): Promise<boolean>;
  addresses(): readonly InterfaceAddress[];
  /** Names of the interfaces with a default route of the family, best first. */
  defaultRouteInterfaces(family: "IPv4" | "IPv6"): Promise<readonly string[]>;
  /** The address of this machine that packets to an IP address leave from; undefined without a route. Sends nothing. */
  sourceAddress(destination: string, signal: AbortSignal): Promise<string | undefined>;
  /**
   * One GET to this machine itself, for health endpoints: never by a proxy, redirects not followed, at most 1 MiB of body.
   * With https the certificate is not verified, as upstream does not either: nothing secret is sent. NetworkError where no
   * answer comes, worded as Go words it.
   */
  probe(url: string, options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<HttpProbe>;
}

export class NetworkError extends Error {
  readonly code: "refused" | "unreachable" | "not-found" | "timed-out" | "reset" | "other";

  constructor(code: NetworkError["code"], message: string, cause?: unknown) {
    super(foreignText(message), cause === undefined ? undefined : { cause });
    this.name = "NetworkError";
    this.code = code;
  }
}

/** Facts that do not change while the program runs. */
export interface Machine {
  readonly platform: "linux" | "other";
  /** Effective user id. */
  readonly uid: number;
  readonly pid: number;
  /** As the operating system has it: neither trimmed nor lower-cased. */
  readonly hostname: string;
  readonly kernelRelease: string;
  readonly cpus: number;
  /** Bytes of memory. */
  readonly memoryBytes: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}
