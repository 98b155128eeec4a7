/**
 * Header compression of HTTP/2 (RFC 7541), as far as a client needs it that sends a handful of headers and reads what any
 * server may send.
 */
export type Headers = ReadonlyMap<string, string>;

type Field = readonly [name: string, value: string];

/** A header block that breaks RFC 7541; the connection cannot be used any more, since both sides' tables now differ. */
export class HpackError extends Error {
  override readonly name = "HpackError";
}

/** Every header as a literal that is not remembered (section 6.2.2): nothing to keep in step with the server. */
export function encodeHeaders(fields: readonly Field[]): Uint8Array {
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  const text = (value: string) => {
    const encoded = encoder.encode(value);
    pushInteger(bytes, encoded.length);
    bytes.push(...encoded);
  };
  for (const [name, value] of fields) {
    bytes.push(0);
    text(name);
    text(value);
  }
  return Uint8Array.from(bytes);
}

/** Decodes the header blocks of one connection, in order; later blocks refer to earlier ones. */
export function hpackDecoder(): (block: Uint8Array) => Headers {
  const table = dynamicTable();

  return (block) => {
    const headers = new Map<string, string>();
    const reader = blockReader(block);
    while (!reader.atEnd()) {
      const first = reader.peek();
      let field: Field;
      if (first >= 0x80) {
        field = table.at(reader.integer(7));
      } else if (first >= 0x40) {
        field = literal(reader, 6, table.at);
        table.add(field);
      } else if (first >= 0x20) {
        table.resize(reader.integer(5));
        continue;
      } else {
        field = literal(reader, 4, table.at);
      }
      headers.set(...field);
    }
    return headers;
  };
}

function literal(reader: BlockReader, prefixBits: number, at: (index: number) => Field): Field {
  const index = reader.integer(prefixBits);
  const name = index === 0 ? reader.text() : at(index)[0];
  return [name, reader.text()];
}

/** Section 4: what one entry costs beyond its bytes, and the size every decoder has to offer unless it says otherwise. */
const entryOverhead = 32;
const tableSizeLimit = 4096;

function dynamicTable() {
  const entries: Field[] = [];
  let size = 0;
  let limit = tableSizeLimit;
  const sizeOf = ([name, value]: Field) => name.length + value.length + entryOverhead;
  const evict = () => {
    while (size > limit) {
      const oldest = entries.pop();
      if (oldest === undefined) return;
      size -= sizeOf(oldest);
    }
  };
  return {
    at: (index: number): Field => {
      const field = staticTable[index - 1] ?? entries[index - 1 - staticTable.length];
      if (field === undefined) throw new HpackError(`no header has the index ${index}`);
      return field;
    },
    add: (field: Field): void => {
      entries.unshift(field);
      size += sizeOf(field);
      evict();
    },
    resize: (bytes: number): void => {
      if (bytes > tableSizeLimit) throw new HpackError(`a header table of ${bytes} bytes was not offered`);
      limit = bytes;
      evict();
    },
  };
}

interface BlockReader {
  atEnd(): boolean;
  peek(): number;
  /** An integer whose first bits stand in the low `prefixBits` of the current byte (section 5.1). */
  integer(prefixBits: number): number;
  text(): string;
}

function blockReader(block: Uint8Array): BlockReader {
  let at = 0;
  const peek = (): number => {
    const byte = block[at];
    if (byte === undefined) throw new HpackError("the header block ends early");
    return byte;
  };
  const integer = (prefixBits: number): number => {
    const most = 2 ** prefixBits - 1;
    let value = peek() & most;
    at++;
    if (value < most) return value;
    for (let factor = 1; ; factor *= 128) {
      const byte = peek();
      at++;
      value += (byte & 127) * factor;
      if (value > 2 ** 31) throw new HpackError("a number in the header block is too large");
      if (byte < 128) return value;
    }
  };
  const text = (): string => {
    const compressed = peek() >= 0x80;
    const length = integer(7);
    if (at + length > block.length) throw new HpackError("the header block ends early");
    const bytes = block.subarray(at, at + length);
    at += length;
    return new TextDecoder().decode(compressed ? decodeHuffman(bytes) : bytes);
  };
  return { atEnd: () => at >= block.length, peek, integer, text };
}

function pushInteger(bytes: number[], value: number): void {
  if (value < 127) {
    bytes.push(value);
    return;
  }
  bytes.push(127);
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
}

/**
 * Length in bits (base 36) of the code of each byte, in order. The code of appendix B is canonical: codes are numbered by
 * length, then by byte, so the lengths say all.
 */
const codeLengths =
  "dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca" +
  "d67777777777777777777777878djde6f56565666577666567655677777fbeds" +
  "kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn" +
  "qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq";

interface CodesOfLength {
  readonly firstCode: number;
  readonly bytes: readonly number[];
}

/** Made at the first compressed text: many a connection has none. */
let codesByLength: readonly CodesOfLength[] | undefined;

function makeCodes(): readonly CodesOfLength[] {
  const bytesByLength = Array.from({ length: 31 }, (): number[] => []);
  for (let byte = 0; byte < codeLengths.length; byte++) {
    bytesByLength[Number.parseInt(codeLengths.charAt(byte), 36)]?.push(byte);
  }
  let next = 0;
  return bytesByLength.map((bytes) => {
    const firstCode = next;
    next = (firstCode + bytes.length) * 2;
    return { firstCode, bytes };
  });
}

function decodeHuffman(input: Uint8Array): Uint8Array {
  codesByLength ??= makeCodes();
  const output: number[] = [];
  let code = 0;
  let length = 0;
  for (const byte of input) {
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((byte >> bit) & 1);
      length++;
      const candidates = codesByLength[length];
      if (candidates === undefined) throw new HpackError("a header's text is not Huffman-coded");
      const decoded = candidates.bytes[code - candidates.firstCode];
      if (decoded === undefined) continue;
      output.push(decoded);
      code = 0;
      length = 0;
    }
  }
  // Section 5.2: at most seven bits of padding, all ones.
  if (length > 7 || code !== 2 ** length - 1) throw new HpackError("a header's text has a wrong padding");
  return Uint8Array.from(output);
}

const staticTable: readonly Field[] = [
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  ...["200", "204", "206", "304", "400", "404", "500"].map((status): Field => [":status", status]),
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
  ...(
    "accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control " +
    "content-disposition content-encoding content-language content-length content-location content-range content-type " +
    "cookie date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since " +
    "last-modified link location max-forwards proxy-authenticate proxy-authorization range referer refresh retry-after " +
    "server set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate"
  )
    .split(" ")
    .map((name): Field => [name, ""]),
];
