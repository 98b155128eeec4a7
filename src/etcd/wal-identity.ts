import { bytes, field, int64, message, uint64 } from "../grpc/message.ts";

/**
 * The cluster and member that a write-ahead log belongs to. Both are 64 bits in lowercase hexadecimal, as etcdctl shows
 * them.
 */
export interface WalIdentity {
  readonly memberId: string;
  readonly clusterId: string;
}

/** How many records of a segment are read: the first is a checksum, the second the metadata. */
const recordsRead = 4;

/** etcd's walpb.Record, without its checksum. */
const WalRecord = message({
  type: field(1, int64),
  data: field(3, bytes),
});
const metadataType = 1n;

/** etcd's etcdserverpb.Metadata. */
const WalMetadata = message({
  nodeId: field(1, uint64),
  clusterId: field(2, uint64),
});

/**
 * Reads the member's identity at the head of a segment (`member/wal/*.wal`): frames of a length (8 bytes,
 * little-endian; the highest byte contains the padding) and a record, which holds the metadata.
 * Undefined if the bytes are not a segment.
 */
export function walIdentity(segment: Uint8Array): WalIdentity | undefined {
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  let offset = 0;
  for (let number = 0; number < recordsRead && offset + 8 <= segment.length; number++) {
    const header = view.getBigUint64(offset, true);
    const length = Number(header & 0xff_ffff_ffff_ffffn);
    const padding = header >> 63n === 1n ? Number((header >> 56n) & 7n) : 0;
    const record = segment.subarray(offset + 8, offset + 8 + length);
    if (length === 0 || record.length !== length) return undefined;
    const identity = identityIn(record);
    if (identity !== undefined) return identity;
    offset += 8 + length + padding;
  }
  return undefined;
}

function identityIn(record: Uint8Array): WalIdentity | undefined {
  try {
    const { type, data } = WalRecord.decode(record);
    if (type !== metadataType) return undefined;
    const { nodeId, clusterId } = WalMetadata.decode(data);
    return { memberId: nodeId.toString(16), clusterId: clusterId.toString(16) };
  } catch {
    return undefined;
  }
}
