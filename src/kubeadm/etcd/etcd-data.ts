import { orElse } from "../../async/or-else.ts";
import { type WalIdentity, walIdentity } from "../../etcd/wal-identity.ts";
import { FileError, hasNoEntry } from "../../host/file-error.ts";
import type { Files, Mounts } from "../../host/host.ts";
import { emptyDirectory } from "../reset/empty-directory.ts";

/** The content of a data directory: nothing, the data of a member, or unknown data. */
export type EtcdData =
  | { readonly kind: "none" }
  | ({ readonly kind: "member" } & WalIdentity)
  | { readonly kind: "unknown" };

/** A segment has 64 MB and may grow a little larger. */
const maxSegmentBytes = 160 * 1024 * 1024;

/**
 * Reads which member's data an etcd data directory contains; the head of a segment of the write-ahead log is enough.
 * Entries other than `member` are not etcd's.
 */
export async function readEtcdData(dataDirectory: string, files: Pick<Files, "list" | "read">): Promise<EtcdData> {
  if (!(await entries(dataDirectory, files)).includes("member")) return { kind: "none" };
  const directory = `${dataDirectory}/member/wal`;
  const segment = (await entries(directory, files)).find((name) => name.endsWith(".wal"));
  if (segment === undefined) return { kind: "unknown" };
  return orElse({ kind: "unknown" }, FileError, async () => {
    const identity = walIdentity(await files.read(`${directory}/${segment}`, { maxBytes: maxSegmentBytes }));
    return identity === undefined ? { kind: "unknown" } : { kind: "member", ...identity };
  });
}

/** Removes etcd's data from a data directory, and nothing else; mount points stay. */
export async function discardEtcdData(
  dataDirectory: string,
  { files, mounts }: { readonly files: Pick<Files, "list" | "remove">; readonly mounts: Pick<Mounts, "list"> },
): Promise<void> {
  const directory = `${dataDirectory}/member`;
  const mountPoints = new Set(await mounts.list());
  const { kept, failures } = await emptyDirectory(directory, { files, mountPoints });
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  if (kept.length === 0 && !mountPoints.has(directory)) await files.remove(directory, { recursive: true });
}

async function entries(directory: string, files: Pick<Files, "list">): Promise<readonly string[]> {
  return orElse([], hasNoEntry, () => files.list(directory));
}
