/** One element of DER; read here apart from the program's own code, which is what is looked at. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  /** With tag and length. */
  readonly whole: Uint8Array;
}

/** The elements that fill `bytes`. */
export function readDer(bytes: Uint8Array): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const [tag = 0, first = 0] = bytes.subarray(offset, offset + 2);
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const start = offset + 2 + lengthBytes;
    const length =
      lengthBytes === 0 ? first : bytes.subarray(offset + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
    const end = start + length;
    if (end > bytes.length) throw new Error("an element is longer than what it lies in");
    elements.push({ tag, content: bytes.subarray(start, end), whole: bytes.subarray(offset, end) });
    offset = end;
  }
  return elements;
}
