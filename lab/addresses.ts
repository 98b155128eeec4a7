/** Which addresses hosts have. The first of both is the one that a cluster of two stacks prefers. */
export type AddressFamilies = "ipv4" | "dual" | "ipv6";

/** The addresses of one lab. Every lab has a network of its own, so that two labs may use the same range. */
export interface AddressPlan {
  /** First three numbers of the /24 that the hosts live in. */
  readonly prefix: string;
  readonly families: AddressFamilies;
}

export const DEFAULT_SUBNET = "192.0.2.0/24";

/** What a cluster's pods and services get, by the lab's families. */
export const POD_SUBNETS: Readonly<Record<AddressFamilies, string>> = {
  ipv4: "10.244.0.0/16",
  dual: "10.244.0.0/16,fd00:10:244::/48",
  ipv6: "fd00:10:244::/48",
};
export const SERVICE_SUBNETS: Readonly<Record<AddressFamilies, string>> = {
  ipv4: "10.96.0.0/12",
  dual: "10.96.0.0/12,fd00:10:96::/112",
  ipv6: "fd00:10:96::/112",
};

/** Of the range for documentation, as the default subnet is. */
const PREFIX_6 = "2001:db8::";

const GATEWAY = 1;
/** Wanders from host to host: see `moveSharedAddress` in network.ts. */
const SHARED = 5;
const FIRST_HOST = 10;
const LAST_HOST = 250;

export function planAddresses(subnet: string = DEFAULT_SUBNET, families: AddressFamilies = "ipv4"): AddressPlan {
  const match = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.0\/24$/.exec(subnet);
  const prefix = match?.[1];
  if (prefix === undefined || prefix.split(".").some((part) => Number(part) > 255)) {
    throw new Error(`the hosts' subnet has to be a /24 such as ${DEFAULT_SUBNET}, not ${subnet}`);
  }
  return { prefix, families };
}

/** In the order of preference. The number's decimal digits stand in the last group of the IPv6 address. */
function addressesOf({ prefix, families }: AddressPlan, number: number): readonly [string, ...string[]] {
  const address = `${prefix}.${number}`;
  const address6 = `${PREFIX_6}${number}`;
  if (families === "dual") return [address, address6];
  return [families === "ipv6" ? address6 : address];
}

export function gatewayAddresses(plan: AddressPlan): readonly [string, ...string[]] {
  return addressesOf(plan, GATEWAY);
}

export function gatewayAddress(plan: AddressPlan): string {
  return gatewayAddresses(plan)[0];
}

/** The address of no host in particular that a cluster's endpoint may have. */
export function sharedAddress(plan: AddressPlan): string {
  return addressesOf(plan, SHARED)[0];
}

/** The lowest free one, so that a host that is removed and added again finds its address back. */
export function nextHostAddress(plan: AddressPlan, taken: Iterable<string>): string {
  const used = new Set([...taken].map(hostNumber));
  for (let number = FIRST_HOST; number <= LAST_HOST; number += 1) {
    if (!used.has(number)) return addressesOf(plan, number)[0];
  }
  throw new Error(`no free address left in ${plan.prefix}.0/24`);
}

/** All addresses of the host whose first one is given. */
export function hostAddresses(plan: AddressPlan, address: string): readonly string[] {
  return addressesOf(plan, hostNumber(address));
}

export function isIPv6(address: string): boolean {
  return address.includes(":");
}

/** With the length of the hosts' network. */
export function withPrefixLength(address: string): string {
  return `${address}/${isIPv6(address) ? 64 : 24}`;
}

/** "host:port", with the brackets that an IPv6 address needs there. */
export function joinHostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function hostNumber(address: string): number {
  return Number(/\d+$/.exec(address)?.[0]);
}

/** Follows from the host's address, so that the route to a host's pods is known before the host is a node. */
export function hostPodSubnet(address: string): string {
  const number = hostNumber(address);
  return isIPv6(address) ? `fd00:10:244:${number}::/64` : `10.244.${number}.0/24`;
}

/** Follows from the address too: the neighbors' caches stay right when a host is replaced by another. */
export function hardwareAddress(address: string): string {
  const numbers = isIPv6(address) ? [0, 0, 0, hostNumber(address)] : address.split(".").map(Number);
  return ["02", "00", ...numbers.map((number) => number.toString(16).padStart(2, "0"))].join(":");
}

/** Name of the bridge's end of the host's cable. */
export function bridgePort(address: string): string {
  return `host${hostNumber(address)}`;
}
