/** The part of DER (ITU-T X.690) that cutting a certificate and writing a certificate request need. */

export interface DerElement {
  readonly tag: number;
  /** Tag, length and content: the element as it stands in its parent. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

export const derTag = {
  integer: 0x02,
  bitString: 0x03,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
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
