/** The part of DER (ITU-T X.690) that reading and writing certificates and certificate requests need. */

export interface DerElement {
  readonly tag: number;
  /** Tag, length and content: the element as it stands in its parent. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
  context3: 0xa3,
} as const;

export class DerError extends Error {
  override readonly name = "DerError";
}

/** The elements that follow one another in `bytes`. Throws DerError where they do not fill it exactly. */
export function readDer(bytes: Uint8Array): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const element = readElement(bytes, offset);
    elements.push(element);
    offset += element.whole.length;
  }
  return elements;
}

function readElement(bytes: Uint8Array, offset: number): DerElement {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) throw new DerError("truncated element");
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 4) throw new DerError("unsupported length");
  let length = lengthBytes === 0 ? first : 0;
  for (let index = 0; index < lengthBytes; index++) {
    const byte = bytes[offset + 2 + index];
    if (byte === undefined) throw new DerError("truncated length");
    length = length * 256 + byte;
  }
  const start = offset + 2 + lengthBytes;
  const end = start + length;
  if (end > bytes.length) throw new DerError("element is longer than its parent");
  return { tag, whole: bytes.subarray(offset, end), content: bytes.subarray(start, end) };
}

/** One element of the given tag around the concatenated parts. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const header = [tag, ...encodeLength(length)];
  const result = new Uint8Array(header.length + length);
  result.set(header);
  let offset = header.length;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

function encodeLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

/** A dotted object identifier: "2.5.4.3". */
export function writeObjectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let high = arc >>> 7; high > 0; high >>>= 7) groups.unshift((high & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return writeDer(derTag.objectIdentifier, Uint8Array.from(bytes));
}

/** "2.5.4.3" from the content of an object identifier. */
export function readObjectIdentifier(content: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [joined = 0, ...rest] = arcs;
  const first = Math.min(2, Math.floor(joined / 40));
  return [first, joined - first * 40, ...rest].join(".");
}

/** A bit string of whole bytes. */
export function writeBitString(bytes: Uint8Array): Uint8Array {
  return writeDer(derTag.bitString, Uint8Array.of(0), bytes);
}

/** To the second: UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5). */
export function writeTime(time: Date): Uint8Array {
  const text = `${time.toISOString().slice(0, 19).replace(/[-:T]/g, "")}Z`;
  const isShort = time.getUTCFullYear() >= 1950 && time.getUTCFullYear() < 2050;
  return isShort
    ? writeDer(derTag.utcTime, new TextEncoder().encode(text.slice(2)))
    : writeDer(derTag.generalizedTime, new TextEncoder().encode(text));
}

/** Throws DerError for an element that is no time. */
export function readTime({ tag, content }: DerElement): Date {
  const text = new TextDecoder().decode(content);
  const digits = tag === derTag.utcTime ? `${text.slice(0, 2) < "50" ? "20" : "19"}${text}` : text;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits);
  if (parts === null || (tag !== derTag.utcTime && tag !== derTag.generalizedTime)) throw new DerError("not a time");
  const [, year, month, day, hour, minute, second] = parts;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time.getTime())) throw new DerError("not a time");
  return time;
}
