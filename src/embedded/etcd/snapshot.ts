import { createHash } from "node:crypto";
import { localClock } from "../../host/local/clock.ts";

/** What goes wrong while a member sends a snapshot; tests choose it. */
export type SnapshotFault =
  /** The connection ends in the middle. */
  | "cut-off"
  /** The second half never comes. */
  | "stalls"
  /** A byte of the database is another one. */
  | "damaged"
  /** The stream ends before the digest, without an error. */
  | "without-digest"
  /** More arrives than the first part announced. */
  | "too-long";

export interface SnapshotPart {
  readonly remainingBytes: bigint;
  readonly blob: Uint8Array;
}

/** As etcd's snapshotSendBufferSize. */
const partBytes = 32 * 1024;
/** Databases have whole pages, which is how `etcdutl snapshot restore` finds the digest behind them. */
const pageBytes = 512;

/** Returns the size of a database that has whole pages. */
export function wholePages(bytes: number): number {
  return Math.ceil(bytes / pageBytes) * pageBytes;
}

/** The parts of a snapshot as etcd sends them: the database, then its SHA-256 digest. The database is pseudo-random. */
export async function* snapshotParts(
  databaseBytes: number,
  signal: AbortSignal,
  fault?: SnapshotFault,
): AsyncGenerator<SnapshotPart> {
  const digest = createHash("sha256");
  const half = databaseBytes / 2;
  for (let at = 0; at < databaseBytes; at += partBytes) {
    const end = Math.min(at + partBytes, databaseBytes);
    const blob = pages(at, end);
    digest.update(blob);
    if (at >= half && fault === "cut-off") throw new Error("cut off");
    if (at >= half && fault === "stalls") await localClock.sleep(3_600_000, signal);
    if (fault === "damaged" && at === 0) blob[100] = (blob[100] ?? 0) ^ 1;
    yield { remainingBytes: BigInt(databaseBytes - end), blob };
  }
  if (fault === "too-long") yield { remainingBytes: 0n, blob: new Uint8Array(partBytes) };
  if (fault !== "without-digest") yield { remainingBytes: 0n, blob: digest.digest() };
}

function pages(start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - start);
  for (let index = 0; index < bytes.length; index += 4) {
    const word = Math.imul(start + index, 2_654_435_761);
    bytes[index] = word >>> 24;
    bytes[index + 1] = word >>> 16;
    bytes[index + 2] = word >>> 8;
    bytes[index + 3] = word;
  }
  return bytes;
}
