import { describe, expect, it } from "vitest";
import { FileError } from "./file-error.ts";
import { CommandError } from "./host.ts";
import { memoryHost } from "./memory.ts";
import { rootedHost } from "./rooted.ts";

const signal = new AbortController().signal;
const inTime = { signal, timeoutMs: 1_000 };

function hostWithRoot() {
  return memoryHost({
    files: {
      "/etc/secret": "outside",
      "/etc/hostname": "outer",
      "/srv/root/etc/hostname": "inner",
      "/srv/root/etc/absolute": { target: "/etc/hostname" },
      "/srv/root/etc/upward": { target: "../../../../../../etc/hostname" },
      "/srv/root/etc/missing": { target: "/etc/secret" },
      "/srv/root/out": { target: "/" },
      "/srv/root/var": { target: "/../../../etc" },
    },
    commands: { chroot: { stdout: "ran" }, kubelet: {}, systemctl: {} },
  });
}

describe("a path of the root", () => {
  const host = hostWithRoot();
  const { files } = rootedHost(host, "/srv/root");
  const table: Readonly<Record<string, string>> = {
    "/etc/hostname": "read as it is",
    "/etc/absolute": "an absolute symlink starts at the root",
    "/etc/upward": "a relative symlink with too many .. ends at the root",
    "/../../etc/hostname": ".. at the root stays there",
    "/out/out/etc/hostname": "a symlink to / is the root",
    "/var/hostname": "a symlinked directory that climbs stays inside",
    "/etc/../etc/./hostname": ". and .. within",
  };
  for (const [path, title] of Object.entries(table)) {
    it(`${title}: ${path}`, async () => {
      expect(await files.readText(path)).toBe("inner");
    });
  }

  it("does not reach a file outside by a symlink to its outer name", async () => {
    const error = await files.read("/etc/missing").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FileError);
    expect(error).toMatchObject({ code: "not-found", path: "/etc/missing" });
    expect((error as Error).message).toBe("open /etc/missing: no such file or directory");
  });
});

it("writes, links and removals stay in the root", async () => {
  const host = hostWithRoot();
  const { files } = rootedHost(host, "/srv/root");
  await files.write("/out/../../new/file", "1", { mode: 0o644 });
  await files.write("/etc/absolute", "replaced", { mode: 0o644 });
  await files.link("/var/link", "/etc/secret");
  await files.remove("/etc/missing");
  await files.remove("/out", { recursive: true });
  expect(host.files.snapshot()).toEqual({
    "/etc/secret": "outside",
    "/etc/hostname": "outer",
    "/srv/root/etc/hostname": "inner",
    "/srv/root/etc/absolute": "replaced",
    "/srv/root/etc/upward": "../../../../../../etc/hostname",
    "/srv/root/etc/link": "/etc/secret",
    "/srv/root/new/file": "1",
    "/srv/root/var": "/../../../etc",
  });
});

describe("programs of the root", () => {
  const withPrograms = () => {
    const host = hostWithRoot();
    host.files.put("/srv/root/usr/bin/kubelet-1", { mode: 0o755 });
    host.files.put("/srv/root/usr/bin/kubelet", { target: "/usr/bin/kubelet-1" });
    host.files.put("/srv/root/usr/sbin/noexec", { mode: 0o644 });
    return host;
  };

  it("are found in the root, not on the host", async () => {
    const { commands } = rootedHost(withPrograms(), "/srv/root");
    expect(await commands.find("kubelet")).toBe("/usr/bin/kubelet");
    expect(await commands.find("systemctl")).toBeUndefined();
    expect(await commands.find("noexec")).toBeUndefined();
  });

  it("run by chroot, with the environment and input that were given", async () => {
    const host = withPrograms();
    const { commands } = rootedHost(host, "/srv/root");
    const result = await commands.run(["kubelet", "--version"], { ...inTime, environment: { A: "1" }, input: "x" });
    expect(result).toEqual({ exitCode: 0, stdout: "ran", stderr: "" });
    expect(host.commands.calls).toMatchObject([
      { argv: ["chroot", "/srv/root", "/usr/bin/kubelet", "--version"], environment: { A: "1" }, input: "x" },
    ]);
  });

  it("that the root does not have are not found, by either kind of name", async () => {
    const { commands } = rootedHost(withPrograms(), "/srv/root");
    await expect(commands.run(["systemctl"], inTime)).rejects.toMatchObject({
      code: "not-found",
      program: "systemctl",
    });
    await expect(commands.run(["/etc/hostname"], inTime)).rejects.toBeInstanceOf(CommandError);
  });

  it("cannot be run by anyone but root, and so are not found", async () => {
    const host = { ...withPrograms(), machine: { ...withPrograms().machine, uid: 1000 } };
    const { commands, services } = rootedHost(host, "/srv/root");
    expect(await commands.find("kubelet")).toBeUndefined();
    await expect(commands.run(["kubelet"], inTime)).rejects.toMatchObject({ code: "permission-denied" });
    expect(await services.manager()).toBe("none");
    expect(host.commands.calls).toEqual([]);
  });

  it("control its services: the root's service manager is asked by chroot", async () => {
    const host = withPrograms();
    host.files.put("/srv/root/usr/bin/systemctl", { mode: 0o755 });
    const { services } = rootedHost(host, "/srv/root");
    expect(await services.manager()).toBe("systemd");
    await services.restart("kubelet", signal);
    expect(host.commands.calls[0]?.argv).toEqual(["chroot", "/srv/root", "/usr/bin/systemctl", "restart", "kubelet"]);
  });
});
