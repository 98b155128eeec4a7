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

/** Milliseconds for one unmount: a network file system whose server has gone may hold it for ever. */
const timeoutMs = 30_000;

const options: Readonly<Record<UnmountFlag, string>> = {
  MNT_FORCE: "--force",
  MNT_DETACH: "--lazy",
  UMOUNT_NOFOLLOW: "--no-canonicalize",
};

/** The mounts of this process's namespace, by the kernel's table and the `umount` program. */
export function commandMounts(files: Pick<Files, "readText">, commands: Commands): Mounts {
  return {
    list: async () => mountPoints(await files.readText("/proc/self/mounts")),
    unmount: async (path, { signal, flags = [] }) => {
      const argv = ["umount", ...flags.map((flag) => options[flag]), "--", path] as const;
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

/** umount(8) says "not mounted" where the system call says EINVAL. */
function refusal(path: string, { exitCode, stderr }: CommandResult): MountError {
  const told = joinedLines(stderr);
  const code = /not mounted|no mount point|invalid argument/i.test(told)
    ? "not-mounted"
    : /busy/i.test(told)
      ? "busy"
      : /not permitted|permission denied|must be superuser/i.test(told)
        ? "permission-denied"
        : "other";
  return new MountError(code, path, told === "" ? `umount ${path}: exit status ${exitCode}` : told);
}
