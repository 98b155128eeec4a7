import { expect, it } from "vitest";
import { memoryHost } from "./memory.ts";
import { revertibleFiles } from "./revertible.ts";

function setUp() {
  const { files: inner } = memoryHost({
    files: {
      "/etc/old.conf": { content: "old", mode: 0o640 },
      "/etc/link": { target: "old.conf" },
      "/var/lib/kubelet": { kind: "directory", mode: 0o700 },
    },
  });
  return { inner, before: inner.snapshot(), files: revertibleFiles(inner) };
}

it("what was written, linked and removed is restored as it was before the first change", async () => {
  const { inner, before, files } = setUp();
  await files.write("/etc/old.conf", "new", { mode: 0o644 });
  await files.write("/etc/old.conf", "newer", { mode: 0o644 });
  await files.write("/etc/link", "a file now", { mode: 0o644 });
  await files.write("/etc/new.conf", "new", { mode: 0o644 });
  await files.remove("/etc/new.conf");
  await files.link("/etc/other", "old.conf");
  await files.revert();
  expect(inner.snapshot()).toEqual(before);
  expect((await inner.status("/etc/old.conf"))?.mode).toBe(0o640);
});

it("a file that was removed comes back", async () => {
  const { inner, before, files } = setUp();
  await files.remove("/etc/old.conf");
  await files.revert();
  expect(inner.snapshot()).toEqual(before);
  expect((await inner.status("/etc/old.conf"))?.mode).toBe(0o640);
});

it("directories that came to be go again, unless something else has come into them", async () => {
  const { inner, files } = setUp();
  await files.write("/etc/kubernetes/pki/ca.crt", "ca", { mode: 0o644 });
  await files.makeDirectory("/var/lib/kubelet/pki", { mode: 0o700 });
  await files.makeDirectory("/srv/a/b", { mode: 0o700 });
  inner.put("/srv/a/of-another", "stays");
  await files.revert();
  expect(await inner.status("/etc/kubernetes")).toBeUndefined();
  expect(await inner.status("/var/lib/kubelet/pki")).toBeUndefined();
  expect(await inner.status("/var/lib/kubelet")).toMatchObject({ kind: "directory", mode: 0o700 });
  expect(await inner.list("/srv/a")).toEqual(["of-another"]);
});

it("a mode that a secret has tightened stays tight", async () => {
  const { inner, files } = setUp();
  await files.write("/etc/old.conf", "secret", { mode: 0o600, secret: true });
  await files.revert();
  expect(await inner.readText("/etc/old.conf")).toBe("old");
  expect((await inner.status("/etc/old.conf"))?.mode).toBe(0o600);
});

it("a second revert has nothing to do", async () => {
  const { inner, files } = setUp();
  await files.write("/etc/new.conf", "new", { mode: 0o644 });
  expect(files.changedPaths()).toEqual(["/etc/new.conf"]);
  await files.revert();
  inner.put("/etc/new.conf", "of another");
  await files.revert();
  expect(await inner.readText("/etc/new.conf")).toBe("of another");
});

it("what another program has put into the place of a change stays", async () => {
  const { inner, files } = setUp();
  await files.write("/etc/old.conf", "new", { mode: 0o644 });
  await files.write("/etc/new.conf", "new", { mode: 0o644 });
  await files.link("/etc/link", "new.conf");
  await files.write("/etc/gone.conf", "new", { mode: 0o644 });
  await files.remove("/etc/gone.conf");
  inner.put("/etc/old.conf", "of another");
  inner.put("/etc/new.conf", "???");
  inner.put("/etc/gone.conf", "of another");
  await inner.link("/etc/link", "elsewhere");
  await files.revert();
  expect(inner.snapshot()).toMatchObject({
    "/etc/old.conf": "of another",
    "/etc/new.conf": "???",
    "/etc/gone.conf": "of another",
  });
  expect(await inner.status("/etc/link")).toMatchObject({ kind: "symlink", target: "elsewhere" });
});

it("a write that failed has left nothing to restore", async () => {
  const { inner, before, files } = setUp();
  inner.fail("/etc/old.conf", "ENOSPC");
  await expect(files.write("/etc/old.conf", "new", { mode: 0o644 })).rejects.toThrow("no space left on device");
  await files.revert();
  expect(inner.snapshot()).toEqual(before);
});

it("one path that cannot be restored does not keep the others from it", async () => {
  const { inner, before, files } = setUp();
  await files.write("/etc/old.conf", "new", { mode: 0o644 });
  await files.write("/etc/link", "a file now", { mode: 0o644 });
  await files.write("/etc/new.conf", "new", { mode: 0o644 });
  inner.fail("/etc/link", "EROFS", { times: 1 });
  await expect(files.revert()).rejects.toThrow("read-only file system");
  expect(await inner.readText("/etc/old.conf")).toBe("old");
  expect(await inner.status("/etc/new.conf")).toBeUndefined();
  await files.revert();
  expect(inner.snapshot()).toEqual(before);
});

it("what was written as a stream goes again, unless another program has replaced it", async () => {
  const { inner, before, files } = setUp();
  const content = async function* () {
    yield new TextEncoder().encode("saved");
  };
  await files.writeStream("/var/backup/a.db", content(), { mode: 0o600 });
  await files.writeStream("/var/backup/b.db", content(), { mode: 0o600 });
  inner.put("/var/backup/b.db", "of another");
  await files.revert();
  expect(inner.snapshot()).toEqual({ ...before, "/var/backup/b.db": "of another" });
});
