/** An address as numbers, so that ranges are comparisons. */
export interface IpAddress {
  readonly family: "IPv4" | "IPv6";
  /** 4 or 16 bytes; an IPv4 address in IPv6 notation (::ffff:1.2.3.4) has 4. */
  readonly bytes: readonly number[];
}

/**
 * Returns undefined if the text is not an address. IPv4 parts with leading zeros are decimal, as Kubernetes has always
 * read them.
 */
export function parseIp(text: string): IpAddress | undefined {
  if (!text.includes(":")) return ipv4(parseDotted(text));
  const bytes = parseIpv6(text);
  if (bytes === undefined) return undefined;
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return isMapped ? ipv4(bytes.slice(12)) : { family: "IPv6", bytes };
}

function ipv4(bytes: readonly number[] | undefined): IpAddress | undefined {
  return bytes === undefined ? undefined : { family: "IPv4", bytes };
}

function parseDotted(text: string): readonly number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^0*[0-9]{1,3}$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = [groups(halves[0] ?? "", halves.length === 1), groups(halves[1] ?? "", true)];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1) return missing === 0 ? head : undefined;
  return missing >= 2 ? [...head, ...new Array<number>(missing).fill(0), ...tail] : undefined;
}

/** Bytes of colon-separated groups; the last one may be a dotted IPv4 address if `atEnd` allows it. */
function groups(text: string, atEnd: boolean): readonly number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const bytes: number[] = [];
  for (const [index, part] of parts.entries()) {
    const dotted = part.includes(".") && atEnd && index === parts.length - 1 ? parseDotted(part) : undefined;
    if (dotted !== undefined) bytes.push(...dotted);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part))
      bytes.push(Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255);
    else return undefined;
  }
  return bytes;
}

export function isIp(text: string): boolean {
  return parseIp(text) !== undefined;
}

export function isSameIp(left: IpAddress, right: IpAddress): boolean {
  return left.family === right.family && left.bytes.every((byte, index) => byte === right.bytes[index]);
}

export function isLoopback(ip: IpAddress): boolean {
  if (ip.family === "IPv4") return ip.bytes[0] === 127;
  return ip.bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

export function isUnspecified(ip: IpAddress): boolean {
  return ip.bytes.every((byte) => byte === 0);
}

function isMulticast(ip: IpAddress): boolean {
  const first = ip.bytes[0] ?? 0;
  return ip.family === "IPv4" ? first >> 4 === 0xe : first === 0xff;
}

function isLinkLocalUnicast(ip: IpAddress): boolean {
  const [first = 0, second = 0] = ip.bytes;
  return ip.family === "IPv4" ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80;
}

/** Same as Go's IP.IsGlobalUnicast: private ranges count, link-local ones do not. */
export function isGlobalUnicast(ip: IpAddress): boolean {
  const isBroadcast = ip.family === "IPv4" && ip.bytes.every((byte) => byte === 255);
  return !isBroadcast && !isUnspecified(ip) && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocalUnicast(ip);
}

/** Canonical text (RFC 5952). */
export function formatIp(ip: IpAddress): string {
  if (ip.family === "IPv4") return ip.bytes.join(".");
  const words: number[] = [];
  for (let index = 0; index < 16; index += 2) words.push(((ip.bytes[index] ?? 0) << 8) | (ip.bytes[index + 1] ?? 0));
  const run = longestZeroRun(words);
  const hex = (part: readonly number[]) => part.map((word) => word.toString(16)).join(":");
  return run === undefined ? hex(words) : `${hex(words.slice(0, run.start))}::${hex(words.slice(run.end))}`;
}

function longestZeroRun(words: readonly number[]): { readonly start: number; readonly end: number } | undefined {
  let best: { start: number; end: number } | undefined;
  for (let start = 0; start < words.length; start++) {
    let end = start;
    while (words[end] === 0) end++;
    if (end - start > Math.max(1, best === undefined ? 0 : best.end - best.start)) best = { start, end };
    if (end > start) start = end - 1;
  }
  return best;
}
