// Frames of HTTP/2 (RFC 9113) as servers send them that keep no rule: byte by byte, in any order.
export const frameType = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const frameFlag = { endStream: 1, endHeaders: 4, padded: 8 } as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
}

export function encodeFrame({ type, flags, streamId, payload }: Frame): Uint8Array {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** Each header as a literal that the other side does not remember (RFC 7541, 6.2.2); texts of up to 126 bytes. */
export function encodeHeaders(fields: readonly (readonly [string, string])[]): Uint8Array {
  const text = (value: string) => [value.length, ...Buffer.from(value)];
  return Uint8Array.from(fields.flatMap(([name, value]) => [0, ...text(name), ...text(value)]));
}

export function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
