/** Frames of HTTP/2 (RFC 9113, section 6). */
export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Bits of a frame's flags; `ack` is that of SETTINGS and PING, `endStream` that of DATA and HEADERS. */
export const frameFlag = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
}

/** The peer broke the protocol; the message says how, the connection cannot go on. */
export class Http2ProtocolError extends Error {
  override readonly name = "Http2ProtocolError";
}

export const clientPreface = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Largest payload that both sides accept without having said so. */
export const maxFramePayload = 16_384;

const headerLength = 9;

export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = new Uint8Array(headerLength + frame.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, frame.payload.length * 256 + frame.type);
  view.setUint8(4, frame.flags);
  view.setUint32(5, frame.streamId);
  bytes.set(frame.payload, headerLength);
  return bytes;
}

export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export function readUint32(bytes: Uint8Array, offset = 0): number {
  if (offset + 4 > bytes.length) throw new Http2ProtocolError("http2: frame too short");
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset);
}

/** Cuts a byte stream into frames: each call takes the next bytes and gives the frames that are complete now. */
export function frameSplitter(): (bytes: Uint8Array) => Frame[] {
  let rest = new Uint8Array(0);
  return (bytes) => {
    const all = concatBytes([rest, bytes]);
    const frames: Frame[] = [];
    let at = 0;
    while (all.length - at >= headerLength) {
      const length = readUint32(all, at) >>> 8;
      if (length > maxFramePayload) throw new Http2ProtocolError("http2: frame too large");
      const end = at + headerLength + length;
      if (end > all.length) break;
      frames.push({
        type: all[at + 3] ?? 0,
        flags: all[at + 4] ?? 0,
        streamId: readUint32(all, at + 5) & 0x7fffffff,
        payload: all.slice(at + headerLength, end),
      });
      at = end;
    }
    rest = all.slice(at);
    return frames;
  };
}

/** The payload without padding (DATA, HEADERS) and without the priority fields of HEADERS. */
export function framePayload(frame: Frame): Uint8Array {
  const padded = (frame.flags & frameFlag.padded) !== 0;
  const padding = padded ? (frame.payload[0] ?? 0) : 0;
  const prioritised = frame.type === frameType.headers && (frame.flags & frameFlag.priority) !== 0;
  const start = (padded ? 1 : 0) + (prioritised ? 5 : 0);
  if (start + padding > frame.payload.length) throw new Http2ProtocolError("http2: padding too long");
  return frame.payload.subarray(start, frame.payload.length - padding);
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
