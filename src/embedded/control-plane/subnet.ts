import { addressAt as addressIn, cidrContains, parseCidr } from "../../addresses/cidr.ts";
import { formatIp, parseIp } from "../../addresses/ip-address.ts";

/**
 * Returns the address at a position of a CIDR block: kubeadm uses the first for the API server's Service, the tenth for
 * DNS.
 */
export function addressAt(cidr: string, index: number): string {
  const block = parseCidr(cidr);
  const address = block === undefined ? undefined : addressIn(block, index);
  if (address === undefined) throw new RangeError(`${cidr} has no address ${index}`);
  return formatIp(address);
}

export function isAddressIn(cidr: string, address: string): boolean {
  const [block, ip] = [parseCidr(cidr), parseIp(address)];
  return block !== undefined && ip !== undefined && cidrContains(block, ip);
}
