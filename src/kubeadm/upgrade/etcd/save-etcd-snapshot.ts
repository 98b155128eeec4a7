import { createHash } from "node:crypto";
import { messageOf } from "../../../errors/kubeadm-error.ts";
import { type Etcd, EtcdError, type EtcdSnapshotPart } from "../../../etcd/etcd.ts";
import type { Events } from "../../../events/events.ts";
import { FileError } from "../../../host/file-error.ts";
import { freePath } from "../../../host/free-path.ts";
import type { Files } from "../../../host/host.ts";
import { answerMs } from "../../etcd/etcd-health.ts";
import { backupFailed, requireSpace } from "../backups/backup-space.ts";

export interface SnapshotPorts {
  readonly etcd: Pick<Etcd, "status" | "snapshot">;
  readonly files: Pick<Files, "status" | "writeStream" | "availableBytes">;
  readonly events: Events;
  readonly signal: AbortSignal;
}

export interface WantedSnapshot {
  readonly endpoint: string;
  readonly directory: string;
  /** What the copy of etcd's data takes in the directory afterwards. */
  readonly besideBytes?: number;
}

export interface SavedSnapshot {
  readonly path: string;
  readonly bytes: number;
}

/** Milliseconds without any data after which etcd counts as stuck. */
const idleTimeoutMs = 30_000;
/** etcd sends the SHA-256 digest of the database behind it, and `etcdutl snapshot restore` expects it in the file. */
const digestBytes = 32;

/**
 * Saves a snapshot of etcd's database as `snapshot.db` in the directory, in the form of `etcdctl snapshot save`, readable
 * by its owner only. Snapshots that exist stay, and get a number behind their name. Throws UPGRADE_BACKUP_FAILED if there
 * is not enough space, or the snapshot does not arrive whole: then no file is left.
 */
export async function saveEtcdSnapshot(
  { endpoint, directory, besideBytes = 0 }: WantedSnapshot,
  ports: SnapshotPorts,
): Promise<SavedSnapshot> {
  const { etcd, files, events, signal } = ports;
  try {
    const { databaseBytes } = await etcd.status(endpoint, { signal, timeoutMs: answerMs });
    const path = await freePath(`${directory}/snapshot.db`, (number) => `${directory}/snapshot-${number}.db`, files);
    const what = besideBytes === 0 ? "a snapshot of etcd" : "a snapshot of etcd with a copy of its data";
    const requireBytes = (bytes: number) =>
      requireSpace({ path, bytes: bytes + digestBytes + besideBytes, what }, files);
    await requireBytes(databaseBytes);
    const parts = checked(etcd.snapshot(endpoint, { signal, idleTimeoutMs }), requireBytes);
    await files.writeStream(path, parts, { mode: 0o600, secret: true });
    const bytes = (await files.status(path))?.size ?? 0;
    events.emit("upgrade.etcd.snapshot.saved", { path, bytes });
    return { path, bytes };
  } catch (error) {
    if (!(error instanceof EtcdError || error instanceof FileError || error instanceof DamagedSnapshot)) throw error;
    throw backupFailed(`failed to save a snapshot of etcd: ${messageOf(error)}`, error);
  }
}

class DamagedSnapshot extends Error {}

/** Passes on the bytes of a snapshot. Throws DamagedSnapshot if they are not what the first part and the digest say. */
async function* checked(
  parts: AsyncIterable<EtcdSnapshotPart>,
  onAnnounced: (databaseBytes: number) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const digest = createHash("sha256");
  let announced: number | undefined;
  let received = 0;
  let end: Uint8Array = new Uint8Array(0);
  for await (const { bytes, remainingBytes } of parts) {
    if (announced === undefined) {
      announced = bytes.length + remainingBytes;
      await onAnnounced(announced);
    }
    received += bytes.length;
    if (received > announced + digestBytes) {
      throw new DamagedSnapshot(`etcd announced ${announced} bytes, but sent more`);
    }
    const known = Buffer.concat([end, bytes]);
    const settled = Math.max(known.length - digestBytes, 0);
    digest.update(known.subarray(0, settled));
    end = known.subarray(settled);
    yield bytes;
  }
  if (announced === undefined || received !== announced + digestBytes) {
    throw new DamagedSnapshot(`etcd announced ${announced ?? 0} bytes and a digest, but sent ${received} bytes`);
  }
  if (!digest.digest().equals(end)) {
    throw new DamagedSnapshot("its SHA-256 digest does not match: it was damaged in transit, or by etcd");
  }
}
