import { describe, expect, it } from "vitest";
import { dryRunHost } from "../dry-run.ts";
import type { MountError } from "../host.ts";
import { memoryHost } from "../memory.ts";
import { rootedHost } from "../rooted.ts";
import { commandMounts, mountPoints } from "./mounts.ts";

const { signal } = new AbortController();

describe("the kernel's table of mounts", () => {
  it("gives mount points in their order, with blanks and backslashes, each as often as it occurs", () => {
    const table = "proc /proc proc rw 0 0\n/dev/a /a\\040b\\134c ext4 rw 0 0\ntmpfs /proc tmpfs rw 0 0\n";
    expect(mountPoints(table)).toEqual(["/proc", "/a b\\c", "/proc"]);
  });
});

describe("umount", () => {
  const mountsAnswering = (exitCode: number, stderr = "") => {
    const host = memoryHost({ commands: { umount: { exitCode, stderr } } });
    return { host, mounts: commandMounts(host.files, host.commands) };
  };

  it("is called with the flags, and with the path as no option", async () => {
    const { host, mounts } = mountsAnswering(0);
    await mounts.unmount("/a", { signal, flags: ["MNT_DETACH", "MNT_FORCE"] });
    expect(host.commands.calls.map(({ argv }) => argv)).toEqual([["umount", "--lazy", "--force", "--", "/a"]]);
  });

  it.each<[string, MountError["code"]]>([
    ["umount: /a: not mounted.", "not-mounted"],
    ["umount: /a: no mount point specified.", "not-mounted"],
    ["umount: /a: target is busy.", "busy"],
    ["umount: /a: must be superuser to unmount.", "permission-denied"],
    ["umount: /a: odd.", "other"],
    ["", "other"],
  ])("that says %j fails as %s", async (stderr, code) => {
    const { mounts } = mountsAnswering(32, stderr);
    await expect(mounts.unmount("/a", { signal })).rejects.toMatchObject({ code, path: "/a" });
  });

  it("has no option for MNT_EXPIRE: it fails as the kernel's first call does", async () => {
    const { host, mounts } = mountsAnswering(0);
    await expect(mounts.unmount("/a", { signal, flags: ["MNT_EXPIRE"] })).rejects.toMatchObject({
      code: "other",
      message: "resource temporarily unavailable",
    });
    await expect(mounts.unmount("/a", { signal, flags: ["MNT_EXPIRE", "MNT_FORCE"] })).rejects.toMatchObject({
      code: "not-mounted",
    });
    expect(host.commands.calls).toEqual([]);
  });

  it("that is not installed fails too", async () => {
    const { files, commands } = memoryHost();
    await expect(commandMounts(files, commands).unmount("/a", { signal })).rejects.toMatchObject({ code: "other" });
  });
});

describe("another view of the mounts", () => {
  it("a root has its own only, under its names, also where it is named by a symlink", async () => {
    const host = memoryHost({
      files: { "/mnt/root": { kind: "directory" }, "/link": { target: "/mnt/root" } },
      mounts: ["/", "/mnt/root", "/mnt/rooted", "/mnt/root/proc"],
    });
    const { mounts } = rootedHost(host, "/link");
    expect(await mounts.list()).toEqual(["/", "/proc"]);
    await mounts.unmount("/proc", { signal });
    expect(await host.mounts.list()).toEqual(["/", "/mnt/root", "/mnt/rooted"]);
    await expect(mounts.unmount("/proc", { signal })).rejects.toMatchObject({ code: "not-mounted", path: "/proc" });
  });

  it("a dry run unmounts nothing, and remembers what it would have", async () => {
    const host = memoryHost({ mounts: ["/a", "/a"] });
    const { mounts, recorded } = dryRunHost(host, { directory: "/tmp", redirect: (path) => path });
    await mounts.unmount("/a", { signal });
    expect(await mounts.list()).toEqual(["/a"]);
    expect(await host.mounts.list()).toEqual(["/a", "/a"]);
    expect(recorded).toEqual([{ kind: "unmount", path: "/a" }]);
  });
});
