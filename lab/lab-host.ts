import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { chmod, copyFile, lstat, mkdir, readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type AddressPlan, hostAddresses } from "./addresses.ts";
import type { HostState } from "./lab-state.ts";
import { type Argv, CommandFailed, type CommandResult, type RunOptions, runCommand } from "./run-command.ts";

const JOIN_CGROUPS = join(import.meta.dirname, "files/join-cgroups.sh");

/** The few variables of a root login. */
export const HOST_ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
} as const;

export interface TreeEntry {
  readonly path: string;
  readonly type: "file" | "directory" | "link" | "socket" | "other";
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly modifiedMs: number;
  /** Of links. */
  readonly target?: string;
  /** Of files. */
  readonly content?: Buffer;
  readonly sha256?: string;
}

/** A running test host. */
export class LabHost {
  readonly name: string;
  /** The first of `addresses`. */
  readonly address: string;
  readonly addresses: readonly string[];
  /** The host's first process, as the machine sees it. */
  readonly pid: number;
  readonly #cgroups: readonly string[];

  constructor(state: HostState, plan: AddressPlan) {
    if (state.init === undefined) throw new Error(`the host ${state.name} is not up`);
    this.name = state.name;
    this.address = state.address;
    this.addresses = hostAddresses(plan, state.address);
    this.pid = state.init.pid;
    this.#cgroups = state.cgroups;
  }

  /** Runs a command in the host, as root. `env` is added to the few variables of a login; nothing else is passed on. */
  run(argv: Argv, options: RunOptions = {}): Promise<CommandResult> {
    return runCommand(this.enter(argv), { ...options, env: { ...HOST_ENVIRONMENT, ...options.env } });
  }

  /** Like `run`, for commands that must succeed. Returns stdout. */
  async mustRun(argv: Argv, options: RunOptions = {}): Promise<string> {
    const result = await this.run(argv, options);
    if (result.exitCode !== 0) throw new CommandFailed([`${this.name}:`, ...argv], result);
    return result.stdout;
  }

  /** Returns the command that, run on the machine, runs `argv` in the host. */
  enter(argv: Argv): Argv {
    const nsenter = ["/usr/bin/nsenter", "--target", `${this.pid}`, "--all", "--"];
    return ["/bin/sh", JOIN_CGROUPS, ...this.#cgroups.map(joinable), "--", ...nsenter, ...argv];
  }

  /**
   * Returns the path on the machine for a path of the host. An absolute link on the way leads out of the host: pass
   * real paths (/run, not /var/run).
   */
  path(path: string): string {
    return join(`/proc/${this.pid}/root`, path);
  }

  async copyIn(localFile: string, path: string, mode = 0o644): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true });
    await copyFile(localFile, this.path(path));
    await chmod(this.path(path), mode);
  }

  async writeFile(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true });
    await writeFile(this.path(path), content, { mode });
    await chmod(this.path(path), mode);
  }

  readFile(path: string): Promise<Buffer> {
    return readFile(this.path(path));
  }

  exists(path: string): boolean {
    return existsSync(this.path(path));
  }

  /**
   * Returns everything at and below the paths, in the order of the paths, with sorted names. A path that does not exist
   * adds nothing.
   */
  async readTree(paths: readonly string[]): Promise<TreeEntry[]> {
    const entries: TreeEntry[] = [];
    for (const path of paths) await this.#collect(path, entries);
    return entries;
  }

  async #collect(path: string, entries: TreeEntry[]): Promise<void> {
    const real = this.path(path);
    const found = await lstat(real).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    });
    if (found === undefined) return;
    const common = {
      path,
      mode: found.mode & 0o7777,
      uid: found.uid,
      gid: found.gid,
      size: found.size,
      modifiedMs: found.mtimeMs,
    };
    if (found.isSymbolicLink()) {
      entries.push({ ...common, type: "link", target: await readlink(real) });
    } else if (found.isFile()) {
      const content = await readFile(real);
      entries.push({ ...common, type: "file", content, sha256: createHash("sha256").update(content).digest("hex") });
    } else if (found.isDirectory()) {
      entries.push({ ...common, type: "directory" });
      for (const name of (await readdir(real)).sort()) await this.#collect(join(path, name), entries);
    } else {
      entries.push({ ...common, type: found.isSocket() ? "socket" : "other" });
    }
  }
}

/**
 * Returns the group that a command joins. systemd-nspawn may have moved the host to its own group, `payload`. A
 * version 2 group that delegates controllers accepts no processes: there, commands get a group next to systemd's.
 */
function joinable(cgroup: string): string {
  const payload = join(cgroup, "payload");
  const group = existsSync(payload) ? payload : cgroup;
  const control = join(group, "cgroup.subtree_control");
  if (!existsSync(control) || readFileSync(control, "utf8").trim() === "") return group;
  const leaf = join(group, "lab-commands");
  mkdirSync(leaf, { recursive: true });
  return leaf;
}
