import {
  CommandError,
  type CommandResult,
  type Commands,
  type Files,
  MountError,
  type Mounts,
  type UnmountFlag,
} from "../host.ts";
import { joinedLines } from "./joined-lines.ts";

/** Milliseconds for one unmount: a network file system without its server may block forever. */
const timeoutMs = 30_000;

const options: Readonly<Record<Exclude<UnmountFlag, "MNT_EXPIRE">, string>> = {
  MNT_FORCE: "--force",
  MNT_DETACH: "--lazy",
  UMOUNT_NOFOLLOW: "--no-canonicalize",
};

/** The mounts of this process's namespace, from the kernel's table and the `umount` program. */
export function commandMounts(files: Pick<Files, "readText">, commands: Commands): Mounts {
  return {
    list: async () => mountPoints(await files.readText("/proc/self/mounts")),
    unmount: async (path, { signal, flags = [] }) => {
      if (flags.includes("MNT_EXPIRE")) throw expiring(path, flags);
      const argv = [
        "umount",
        ...flags.map((flag) => (flag === "MNT_EXPIRE" ? "" : options[flag])),
        "--",
        path,
      ] as const;
      try {
        const result = await commands.run(argv, { signal, timeoutMs });
        if (result.exitCode !== 0) throw refusal(path, result);
      } catch (error) {
        if (error instanceof CommandError) throw new MountError("other", path, error.message, error);
        throw error;
      }
    },
  };
}

/**
 * The kernel's answers to the first call with MNT_EXPIRE, for which umount(8) has no option: it only marks the mount
 * (EAGAIN), and refuses the flag together with those that force (EINVAL).
 */
function expiring(path: string, flags: readonly UnmountFlag[]): MountError {
  return flags.includes("MNT_FORCE") || flags.includes("MNT_DETACH")
    ? new MountError("not-mounted", path, "invalid argument")
    : new MountError("other", path, "resource temporarily unavailable");
}

/** The second word of each line; blanks and backslashes in it are octal (fstab(5)). */
export function mountPoints(table: string): readonly string[] {
  return table
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path !== "")
    .map((path) =>
      path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))),
    );
}

/** umount(8) prints "not mounted" where the system call returns EINVAL. */
function refusal(path: string, { exitCode, stderr }: CommandResult): MountError {
  const output = joinedLines(stderr);
  const code = /not mounted|no mount point|invalid argument/i.test(output)
    ? "not-mounted"
    : /busy/i.test(output)
      ? "busy"
      : /not permitted|permission denied|must be superuser/i.test(output)
        ? "permission-denied"
        : "other";
  return new MountError(code, path, output === "" ? `umount ${path}: exit status ${exitCode}` : output);
}
