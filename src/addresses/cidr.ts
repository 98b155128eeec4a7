import { type IpAddress, parseIp } from "./ip-address.ts";

/** A subnet: its first address and the length of its mask. */
export interface Cidr {
  readonly network: IpAddress;
  readonly prefixLength: number;
  /** The mask as written: for an IPv4 subnet in IPv6 notation, it is 96 bits longer. */
  readonly maskLength: number;
}

/**
 * Returns undefined if the text is not a CIDR. Host bits are dropped, same as Go's net.ParseCIDR drops them from the
 * network.
 */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = text.slice(0, slash);
  const ip = parseIp(address);
  const digits = text.slice(slash + 1);
  if (ip === undefined || !/^[0-9]{1,3}$/.test(digits)) return undefined;
  const isMapped = ip.family === "IPv4" && address.includes(":");
  const prefixLength = Number(digits) - (isMapped ? mappedPrefix.length * 8 : 0);
  if (prefixLength > ip.bytes.length * 8) return undefined;
  // The mask of `::ffff:10.0.0.0/104` is an IPv6 mask: a short one removes part of the prefix that makes the address
  // IPv4.
  return prefixLength < 0
    ? subnet({ family: "IPv6", bytes: [...mappedPrefix, ...ip.bytes] }, Number(digits), Number(digits))
    : subnet(ip, prefixLength, Number(digits));
}

/** The prefix of an IPv4 address in IPv6 notation. */
const mappedPrefix: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

function subnet({ family, bytes }: IpAddress, prefixLength: number, maskLength: number): Cidr {
  const masked = bytes.map((byte, index) => byte & maskByte(prefixLength - index * 8));
  return { network: { family, bytes: masked }, prefixLength, maskLength };
}

function maskByte(bits: number): number {
  if (bits >= 8) return 0xff;
  return bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}

/**
 * Returns the subnets of a comma-separated list such as `10.96.0.0/12,fd00::/108`; undefined if any entry is not a
 * subnet.
 */
export function parseCidrList(text: string): readonly Cidr[] | undefined {
  const cidrs: Cidr[] = [];
  for (const part of text.split(",")) {
    const cidr = parseCidr(part);
    if (cidr === undefined) return undefined;
    cidrs.push(cidr);
  }
  return cidrs;
}

/** Returns the `index`th address of the subnet, counted from its network address (0); undefined if it is outside. */
export function addressAt(cidr: Cidr, index: number): IpAddress | undefined {
  const hostBits = cidr.network.bytes.length * 8 - cidr.prefixLength;
  if (BigInt(index) >= 2n ** BigInt(hostBits)) return undefined;
  const bytes = [...cidr.network.bytes];
  let carry = index;
  for (let position = bytes.length - 1; position >= 0 && carry > 0; position--) {
    const sum = (bytes[position] ?? 0) + carry;
    bytes[position] = sum & 0xff;
    carry = Math.floor(sum / 256);
  }
  return { family: cidr.network.family, bytes };
}

export function cidrContains(cidr: Cidr, ip: IpAddress): boolean {
  return (
    cidr.network.family === ip.family &&
    cidr.network.bytes.every(
      (byte, index) => byte === ((ip.bytes[index] ?? 0) & maskByte(cidr.prefixLength - index * 8)),
    )
  );
}
