import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { clusterOf, listening, sessionWith } from "../../../../test/support/etcd/joining-machine.ts";
import { temporaryDirectory } from "../../../../test/support/temporary/temporary-directory.ts";
import type { Etcd, EtcdSnapshotPart } from "../../../etcd/etcd.ts";
import { localFiles } from "../../../host/local/files.ts";
import { memoryHost } from "../../../host/memory.ts";
import { saveEtcdSnapshot } from "./save-etcd-snapshot.ts";

async function setUp(fault?: "cut-off" | "damaged" | "without-digest" | "too-long") {
  const etcd = await clusterOf(1);
  const [member] = etcd.members;
  if (member === undefined) throw new Error("the cluster has no member");
  if (fault !== undefined) etcd.cluster.membership.spoilSnapshots(member.id, fault);
  const { ports, told } = listening(1_000);
  const session = await sessionWith(etcd, ports);
  const { files } = memoryHost();
  const status = await session.etcd.status(member.clientUrl, { ...ports, timeoutMs: 1_000 });
  const save = (given: Partial<{ readonly files: ReturnType<typeof localFiles>; readonly directory: string }> = {}) =>
    saveEtcdSnapshot(
      { endpoint: member.clientUrl, directory: given.directory ?? "/backup" },
      { ...ports, etcd: session.etcd, files: given.files ?? files },
    );
  return { files, save, told, databaseBytes: status.databaseBytes };
}

describe("a snapshot of etcd", () => {
  it("is on disk with the digest behind the database, for its owner only, and its event tells where", async () => {
    using directory = temporaryDirectory();
    const { save, told, databaseBytes } = await setUp();
    const files = localFiles();
    const saved = await save({ files, directory: directory.path });
    expect(saved).toEqual({ path: `${directory.path}/snapshot.db`, bytes: databaseBytes + 32 });
    const bytes = await files.read(saved.path);
    const digest = createHash("sha256").update(bytes.subarray(0, databaseBytes)).digest();
    expect(digest.equals(bytes.subarray(databaseBytes))).toBe(true);
    // As `etcdutl snapshot restore` finds out that there is a digest.
    expect(bytes.length % 512).toBe(32);
    expect((await files.status(saved.path))?.mode).toBe(0o600);
    expect(await files.list(directory.path)).toEqual(["snapshot.db"]);
    expect(told).toContainEqual(expect.objectContaining({ type: "upgrade.etcd.snapshot.saved", ...saved }));
  });

  it("does not replace an earlier one", async () => {
    const { files, save } = await setUp();
    await save();
    await save();
    expect(Object.keys(files.snapshot())).toEqual(["/backup/snapshot-2.db", "/backup/snapshot.db"]);
  });

  it.each([
    { what: "ends in the middle", fault: "cut-off", message: /^failed to save a snapshot of etcd: / },
    { what: "was damaged", fault: "damaged", message: /its SHA-256 digest does not match/ },
    {
      what: "has no digest",
      fault: "without-digest",
      message: /announced \d+ bytes and a digest, but sent \d+ bytes$/,
    },
    { what: "is longer than announced", fault: "too-long", message: /announced \d+ bytes, but sent more$/ },
  ] as const)("that $what is an error, and leaves no file", async ({ fault, message }) => {
    const { files, save } = await setUp(fault);
    await expect(save()).rejects.toMatchObject({
      code: "UPGRADE_BACKUP_FAILED",
      message: expect.stringMatching(message),
    });
    expect(files.snapshot()).toEqual({});
  });

  it("is not begun without the space for it", async () => {
    const { files, save } = await setUp();
    files.setAvailable("/backup", 100 * 1024 ** 2);
    await expect(save()).rejects.toMatchObject({
      code: "UPGRADE_BACKUP_FAILED",
      message:
        "a snapshot of etcd needs 2 MiB at /backup/snapshot.db, and 128 MiB must stay free there: the file system has 100 MiB left",
    });
  });

  it.each(["ENOSPC", "EROFS", "EACCES"])("that cannot be written (%s) is an error with the path", async (errno) => {
    const { files, save } = await setUp();
    files.fail("/backup", errno, { operations: ["write"] });
    await expect(save()).rejects.toMatchObject({
      code: "UPGRADE_BACKUP_FAILED",
      message: expect.stringMatching(/^failed to save a snapshot of etcd: open \/backup\/snapshot\.db: /),
    });
  });

  it("that an etcd announces as larger than the disk is refused before it is written", async () => {
    const { ports } = listening(1_000);
    const { files } = memoryHost();
    const parts = async function* (): AsyncGenerator<EtcdSnapshotPart> {
      yield { bytes: new Uint8Array(1_024), remainingBytes: 2 ** 50 };
    };
    const etcd: Pick<Etcd, "status" | "snapshot"> = {
      status: async () => ({
        ...{ memberId: "1", leaderId: "1", version: "3.7.0", isLearner: false, appliedIndex: 1, errors: [] },
        ...{ databaseBytes: 1_024, usedBytes: 1_024, quotaBytes: 0 },
      }),
      snapshot: parts,
    };
    const saving = saveEtcdSnapshot(
      { endpoint: "https://192.0.2.10:2379", directory: "/backup" },
      { ...ports, etcd, files },
    );
    await expect(saving).rejects.toMatchObject({ code: "UPGRADE_BACKUP_FAILED" });
    expect(files.snapshot()).toEqual({});
  });
});
