import { YamlError } from "./yaml-error.ts";

/**
 * Returns the text of a file that should be YAML or JSON. Invalid UTF-8 is refused with go-yaml's message; a lenient
 * decoder would silently replace it. Throws YamlError.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const { at, problem } = firstProblem(bytes);
    const line = bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
    throw new YamlError(`yaml: ${problem}`, line);
  }
}

function firstProblem(bytes: Uint8Array): { readonly at: number; readonly problem: string } {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0;
    const width = widthOf(lead);
    const problem = width === 0 ? "invalid leading UTF-8 octet" : problemOf(bytes.subarray(at, at + width), width);
    if (problem !== undefined) return { at, problem };
    at += width;
  }
  return { at, problem: "invalid Unicode character" };
}

/** The length of a character in bytes; 0 for a byte that cannot start one. */
function widthOf(lead: number): number {
  if (lead < 0x80) return 1;
  if ((lead & 0xe0) === 0xc0) return 2;
  if ((lead & 0xf0) === 0xe0) return 3;
  return (lead & 0xf8) === 0xf0 ? 4 : 0;
}

const leastByWidth = [0, 0, 0x80, 0x800, 0x10000];

function problemOf(bytes: Uint8Array, width: number): string | undefined {
  const [lead = 0, ...trailing] = bytes;
  if (trailing.some((byte) => (byte & 0xc0) !== 0x80)) return "invalid trailing UTF-8 octet";
  // Kubernetes adds a line end, so that the missing byte is a trailing octet.
  if (bytes.length < width) return "invalid trailing UTF-8 octet";
  const code = trailing.reduce(
    (value, byte) => value * 64 + (byte & 0x3f),
    width === 1 ? lead : lead & (0x7f >> width),
  );
  if (code < (leastByWidth[width] ?? 0)) return "invalid length of a UTF-8 sequence";
  return (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff ? "invalid Unicode character" : undefined;
}
