import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { badRequest } from "../status.ts";

/** One field of a message; a number for varints and fixed widths, bytes for everything with a length. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

/** Splits a message into its fields, in order; throws 400 if it is truncated or uses groups. */
export function readFields(bytes: Uint8Array): readonly WireField[] {
  const fields: WireField[] = [];
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      fields.push({ number, value: readValue(reader, wireType) });
    }
  } catch {
    throw malformed();
  }
  return fields;
}

function readValue(reader: BinaryReader, wireType: WireType): bigint | Uint8Array {
  switch (wireType) {
    case WireType.Varint:
      return BigInt(reader.uint64());
    case WireType.Bit64:
      return BigInt(reader.fixed64());
    case WireType.Bit32:
      return BigInt(reader.fixed32());
    case WireType.LengthDelimited:
      return reader.bytes();
    default:
      throw malformed();
  }
}

function malformed(): Error {
  return badRequest("unable to decode the protobuf message: unexpected EOF or wire type");
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
