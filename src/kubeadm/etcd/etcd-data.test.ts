import { expect, it } from "vitest";
import { memoryHost } from "../../host/memory.ts";
import { discardEtcdData } from "./etcd-data.ts";

const written = {
  "/var/lib/etcd/member/wal/0000000000000000-0000000000000000.wal": "log",
  "/var/lib/etcd/member/snap/db": "data",
};

it("what etcd has written goes, and what is next to it stays", async () => {
  const { files } = memoryHost({ files: { ...written, "/var/lib/etcd/backup.db": "someone's snapshot" } });
  await discardEtcdData("/var/lib/etcd", { files, mounts: { list: async () => ["/", "/var/lib/etcd"] } });
  expect(await files.list("/var/lib/etcd")).toEqual(["backup.db"]);
});

it.each(["/var/lib/etcd/member", "/var/lib/etcd/member/wal"])("what is mounted at %s stays mounted", async (place) => {
  const { files } = memoryHost({ files: written });
  await discardEtcdData("/var/lib/etcd", { files, mounts: { list: async () => [place] } });
  expect(await files.status(place)).toMatchObject({ kind: "directory" });
  expect(await files.status("/var/lib/etcd/member/snap")).toBeUndefined();
});

it("a member that has written nothing has nothing to discard", async () => {
  const { files } = memoryHost({ files: { "/var/lib/etcd": { kind: "directory", mode: 0o700 } } });
  await discardEtcdData("/var/lib/etcd", { files, mounts: { list: async () => [] } });
  expect(await files.list("/var/lib/etcd")).toEqual([]);
});
