import { BinaryReader } from "@bufbuild/protobuf/wire";

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
const metadataType = 1;

/**
 * Reads the member's identity at the head of a segment (`member/wal/*.wal`): frames of a length (8 bytes,
 * little-endian; the highest byte contains the padding) and a walpb.Record, whose metadata is an etcdserverpb.Metadata.
 * Undefined if the bytes are not a segment.
 */
export function walIdentity(segment: Uint8Array): WalIdentity | undefined {
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  let offset = 0;
  for (let number = 0; number < recordsRead && offset + 8 <= segment.length; number++) {
    const field = view.getBigUint64(offset, true);
    const length = Number(field & 0xff_ffff_ffff_ffffn);
    const padding = field >> 63n === 1n ? Number((field >> 56n) & 7n) : 0;
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
    let type = 0;
    let data: Uint8Array = new Uint8Array(0);
    eachField(record, {
      1: (reader) => {
        type = reader.int32();
      },
      3: (reader) => {
        data = reader.bytes();
      },
    });
    if (type !== metadataType) return undefined;
    let memberId = 0n;
    let clusterId = 0n;
    eachField(data, {
      1: (reader) => {
        memberId = BigInt(reader.uint64());
      },
      2: (reader) => {
        clusterId = BigInt(reader.uint64());
      },
    });
    return { memberId: memberId.toString(16), clusterId: clusterId.toString(16) };
  } catch {
    return undefined;
  }
}

function eachField(bytes: Uint8Array, fields: Readonly<Record<number, (reader: BinaryReader) => void>>): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const read = fields[number];
    if (read === undefined) reader.skip(wireType);
    else read(reader);
  }
}
