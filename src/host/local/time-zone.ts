/** Seconds east of UTC at a time; undefined where the file alone does not tell. */
export type OffsetAt = (time: Date) => number | undefined;

const headerLength = 44;

/**
 * Reads a time zone file (TZif, RFC 9636). Undefined for bytes that are none. After its last transition a file may go on
 * by a rule; a zone with summer time has one, and what such a rule says is not read here.
 */
export function readTimeZone(file: Uint8Array): OffsetAt | undefined {
  const first = readHeader(file, 0);
  if (first === undefined || first.version < 2) return undefined;
  const start = headerLength + blockLength(first, 4);
  const header = readHeader(file, start);
  if (header === undefined || header.types === 0) return undefined;
  const times = start + headerLength;
  const end = times + blockLength(header, 8);
  if (end >= file.length) return undefined;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const kinds = times + header.transitions * 8;
  const types = kinds + header.transitions;
  const hasRule = new TextDecoder().decode(file.subarray(end)).includes(",");
  return (time) => {
    const seconds = Math.floor(time.getTime() / 1000);
    let index = header.transitions - 1;
    while (index >= 0 && Number(view.getBigInt64(times + index * 8)) > seconds) index--;
    if (hasRule && index === header.transitions - 1) return undefined;
    return view.getInt32(types + (index < 0 ? 0 : view.getUint8(kinds + index)) * 6);
  };
}

interface Header {
  readonly version: number;
  readonly transitions: number;
  readonly types: number;
  readonly characters: number;
  readonly leapSeconds: number;
  readonly standardFlags: number;
  readonly utcFlags: number;
}

function readHeader(file: Uint8Array, start: number): Header | undefined {
  if (start + headerLength > file.length) return undefined;
  if (new TextDecoder("latin1").decode(file.subarray(start, start + 4)) !== "TZif") return undefined;
  const view = new DataView(file.buffer, file.byteOffset + start, headerLength);
  return {
    version: view.getUint8(4) === 0 ? 1 : view.getUint8(4) - 0x30,
    utcFlags: view.getUint32(20),
    standardFlags: view.getUint32(24),
    leapSeconds: view.getUint32(28),
    transitions: view.getUint32(32),
    types: view.getUint32(36),
    characters: view.getUint32(40),
  };
}

function blockLength(header: Header, timeLength: 4 | 8): number {
  const { transitions, types, characters, leapSeconds, standardFlags, utcFlags } = header;
  return (
    transitions * (timeLength + 1) + types * 6 + characters + leapSeconds * (timeLength + 4) + standardFlags + utcFlags
  );
}
