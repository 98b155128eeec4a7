/** Bytes of an address, most significant first: 4 or 16. IPv4 addresses mapped into IPv6 count as IPv4, as in Go. */
export type IpBytes = readonly number[];

/** An IPv4 or IPv6 address as Go's net.ParseIP reads it: no leading zeros, no zone, no brackets. */
export function parseIp(text: string): IpBytes | undefined {
  return text.includes(":") ? unmapped(parseIpv6(text)) : parseIpv4(text);
}

export function isLoopback(ip: IpBytes): boolean {
  if (ip.length === 4) return ip[0] === 127;
  return ip.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

export function sameIp(a: IpBytes, b: IpBytes): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

export interface Cidr {
  /** The address with its host bits cleared. */
  readonly network: IpBytes;
  readonly prefixLength: number;
}

export function parseCidr(text: string): Cidr | undefined {
  const slash = text.lastIndexOf("/");
  const address = parseIp(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (slash < 0 || address === undefined || !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const mapped = address.length === 4 && text.includes(":");
  const prefixLength = Number(length) - (mapped ? 96 : 0);
  if (prefixLength < 0 || prefixLength > address.length * 8) return undefined;
  return { network: address.map((byte, index) => byte & maskByte(prefixLength, index)), prefixLength };
}

export function cidrContains(cidr: Cidr, ip: IpBytes): boolean {
  if (cidr.network.length !== ip.length) return false;
  return cidr.network.every((byte, index) => byte === ((ip[index] ?? 0) & maskByte(cidr.prefixLength, index)));
}

function maskByte(prefixLength: number, index: number): number {
  const bits = Math.min(Math.max(prefixLength - 8 * index, 0), 8);
  return 256 - 2 ** (8 - bits);
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.map(Number);
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => bytesOfGroups(half));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  // "::" stands for at least one group of zeros, and an embedded IPv4 address can only end the whole text.
  if (tail === undefined || head.length + tail.length > 14 || halves[0]?.includes(".")) return undefined;
  return [...head, ...Array<number>(16 - head.length - tail.length).fill(0), ...tail];
}

function bytesOfGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    if (group.includes(".")) {
      const embedded = index === groups.length - 1 ? parseIpv4(group) : undefined;
      if (embedded === undefined) return undefined;
      bytes.push(...embedded);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
    }
  }
  return bytes;
}

function unmapped(ip: number[] | undefined): number[] | undefined {
  const mapped = ip?.slice(0, 12).every((byte, index) => byte === (index < 10 ? 0 : 255));
  return mapped ? ip?.slice(12) : ip;
}
