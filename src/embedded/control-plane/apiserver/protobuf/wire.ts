import { badRequest } from "../status.ts";

/** One field of a message; a number for varints and fixed widths, bytes for everything with a length. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

/** Splits a message into its fields, in order; throws 400 if it is truncated or uses groups. */
export function readFields(bytes: Uint8Array): readonly WireField[] {
  const fields: WireField[] = [];
  let position = 0;
  while (position < bytes.length) {
    const tag = readVarint(bytes, position);
    const number = Number(tag.value >> 3n);
    const field = readValue(bytes, tag.next, Number(tag.value & 7n));
    fields.push({ number, value: field.value });
    position = field.next;
  }
  return fields;
}

function readValue(
  bytes: Uint8Array,
  position: number,
  wireType: number,
): { value: bigint | Uint8Array; next: number } {
  switch (wireType) {
    case 0:
      return readVarint(bytes, position);
    case 1:
      return { value: fixed(bytes, position, 8), next: position + 8 };
    case 5:
      return { value: fixed(bytes, position, 4), next: position + 4 };
    case 2: {
      const length = readVarint(bytes, position);
      const next = length.next + Number(length.value);
      if (next > bytes.length) throw malformed();
      return { value: bytes.subarray(length.next, next), next };
    }
    default:
      throw malformed();
  }
}

function fixed(bytes: Uint8Array, position: number, width: 4 | 8): bigint {
  if (position + width > bytes.length) throw malformed();
  const view = new DataView(bytes.buffer, bytes.byteOffset + position, width);
  return width === 8 ? view.getBigUint64(0, true) : BigInt(view.getUint32(0, true));
}

function readVarint(bytes: Uint8Array, position: number): { value: bigint; next: number } {
  let value = 0n;
  for (let index = 0; index < 10; index++) {
    const byte = bytes[position + index];
    if (byte === undefined) throw malformed();
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value, next: position + index + 1 };
  }
  throw malformed();
}

function malformed(): Error {
  return badRequest("unable to decode the protobuf message: unexpected EOF or wire type");
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
