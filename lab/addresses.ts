/** The address families of hosts. A cluster with both prefers the first one. */
export type AddressFamilies = "ipv4" | "dual" | "ipv6";

/** The addresses of one lab. Every lab has a separate network, so two labs may use the same range. */
export interface AddressPlan {
  /** The first three numbers of the hosts' /24. */
  readonly prefix: string;
  readonly families: AddressFamilies;
}

export const DEFAULT_SUBNET = "192.0.2.0/24";

/** The subnets of a cluster's pods and services, by the lab's families. */
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

/** In the range for documentation, like the default subnet. */
const PREFIX_6 = "2001:db8::";

const GATEWAY = 1;
/** Moves from host to host: see `moveSharedAddress` in network.ts. */
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

/** In the order of preference. The last group of the IPv6 address has the decimal digits of the number. */
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

/** An address that belongs to no particular host, which the endpoint of a cluster may use. */
export function sharedAddress(plan: AddressPlan): string {
  return addressesOf(plan, SHARED)[0];
}

/** The lowest free one, so that a host that is removed and added again gets the same address. */
export function nextHostAddress(plan: AddressPlan, taken: Iterable<string>): string {
  const used = new Set([...taken].map(hostNumber));
  for (let number = FIRST_HOST; number <= LAST_HOST; number += 1) {
    if (!used.has(number)) return addressesOf(plan, number)[0];
  }
  throw new Error(`no free address left in ${plan.prefix}.0/24`);
}

/** Returns all addresses of the host with this first address. */
export function hostAddresses(plan: AddressPlan, address: string): readonly string[] {
  return addressesOf(plan, hostNumber(address));
}

export function isIPv6(address: string): boolean {
  return address.includes(":");
}

/** With the prefix length of the hosts' network. */
export function withPrefixLength(address: string): string {
  return `${address}/${isIPv6(address) ? 64 : 24}`;
}

/** "host:port", with brackets around an IPv6 address. */
export function joinHostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function hostNumber(address: string): number {
  return Number(/\d+$/.exec(address)?.[0]);
}

/** Derived from the host's address, so that the route to a host's pods is known before the host is a node. */
export function hostPodSubnet(address: string): string {
  const number = hostNumber(address);
  return isIPv6(address) ? `fd00:10:244:${number}::/64` : `10.244.${number}.0/24`;
}

/** Also derived from the address: the neighbors' caches stay valid when another host replaces this one. */
export function hardwareAddress(address: string): string {
  const numbers = isIPv6(address) ? [0, 0, 0, hostNumber(address)] : address.split(".").map(Number);
  return ["02", "00", ...numbers.map((number) => number.toString(16).padStart(2, "0"))].join(":");
}

/** Name of the bridge's end of the host's cable. */
export function bridgePort(address: string): string {
  return `host${hostNumber(address)}`;
}
