/** The address at a position of a CIDR block: kubeadm gives the API server's Service the first, DNS the tenth. */
export function addressAt(cidr: string, index: number): string {
  const { network, mask, bits } = parseCidr(cidr);
  return textOf((network & mask) + BigInt(index), bits);
}

export function isAddressIn(cidr: string, address: string): boolean {
  const { network, mask, bits } = parseCidr(cidr);
  return bits === bitsOf(address) && (numberOf(address) & mask) === (network & mask);
}

function parseCidr(cidr: string): { network: bigint; mask: bigint; bits: number } {
  const [address = "", length = ""] = cidr.split("/");
  const bits = bitsOf(address);
  const hostBits = BigInt(bits - Number(length));
  return { network: numberOf(address), mask: ((1n << BigInt(bits)) - 1n) ^ ((1n << hostBits) - 1n), bits };
}

function bitsOf(address: string): number {
  return address.includes(":") ? 128 : 32;
}

function numberOf(address: string): bigint {
  if (bitsOf(address) === 32) return address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = "", tail] = address.split("::");
  const groups = (text: string) => text.split(":").filter((group) => group !== "");
  const [left, right] = [groups(head), groups(tail ?? "")];
  const middle = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...middle, ...right].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

function textOf(value: bigint, bits: number): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - index * 16)) & 0xffffn);
  // The URL parser knows the canonical short form (RFC 5952).
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(":")}]`).hostname.slice(1, -1);
}
