import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryHost } from "../../host/memory.ts";
import { etcdDirectoryToEmpty, whyNotToEmpty } from "./safe-directory.ts";

describe("a directory that may be emptied", () => {
  it.each([
    "/etc/kubernetes/pki",
    "/etc/kubernetes/manifests",
    "/etc/kubernetes/tmp",
    "/var/lib/kubelet",
    "/var/lib/etcd",
    "/opt/kubernetes/pki",
    "/data/kubelet",
    "/home/ann/pki",
  ])("%s", (path) => {
    expect(whyNotToEmpty(path)).toBeUndefined();
  });

  it.each([
    "/",
    "/etc",
    "/var/lib",
    "/var/log",
    "/etc/ssl",
    "/etc/pki",
    "/root",
    "/home/ann",
    "/usr/local/share/x",
    "/proc/1",
  ])("is not %s", (path) => {
    expect(whyNotToEmpty(path)).toBeDefined();
  });

  it("never is one that another refused one for its content lies in", () => {
    const names = fc.array(fc.constantFrom("etc", "var", "lib", "kubernetes", "ssl", "cni", "net.d", "log", "x"), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(names, (parts) => {
        const path = `/${parts.join("/")}`;
        if (whyNotToEmpty(path) !== "it contains more than a cluster's files") return;
        for (let depth = 1; depth < parts.length; depth++) {
          expect(whyNotToEmpty(`/${parts.slice(0, depth).join("/")}`)).toBeDefined();
        }
      }),
    );
  });
});

describe("etcd's data directory", () => {
  const source = "/etc/kubernetes/manifests/etcd.yaml";
  const link = (target: string) => ({ "/var/lib/etcd": { target } });

  it.each([
    ["its usual place, whatever is in it", "/var/lib/etcd", { "/var/lib/etcd/x": "x" }, "/var/lib/etcd"],
    ["another one in which etcd has run", "/data/etcd", { "/data/etcd/member/wal/0": "x" }, "/data/etcd"],
    ["one behind a symlink in which etcd has run", "/var/lib/etcd", { ...link("/d/e"), "/d/e/member/x": "x" }, "/d/e"],
  ])("may be emptied: %s", async (_which, path, files, directory) => {
    expect(await etcdDirectoryToEmpty(path, { files: memoryHost({ files }).files, source })).toBe(directory);
  });

  it.each([
    ["one that holds something else", "/data/photos", { "/data/photos/1.jpg": "x" }, source],
    ["a symlink to something else", "/var/lib/etcd", { ...link("/data/photos"), "/data/photos/1.jpg": "x" }, "symlink"],
  ])("may not be emptied: %s", async (_which, path, files, remedy) => {
    await expect(etcdDirectoryToEmpty(path, { files: memoryHost({ files }).files, source })).rejects.toMatchObject({
      code: "RESET_DIRECTORY_UNSAFE",
      message: expect.stringContaining("it is not empty and contains no etcd data"),
      remedy: expect.stringContaining(remedy),
    });
  });
});
