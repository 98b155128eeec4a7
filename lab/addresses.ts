/** The addresses of one lab. Every lab has a network of its own, so that two labs may use the same range. */
export interface AddressPlan {
  /** First three numbers of the /24 that the hosts live in. */
  readonly prefix: string;
}

export const DEFAULT_SUBNET = "192.0.2.0/24";
export const POD_SUBNET = "10.244.0.0/16";
export const SERVICE_SUBNET = "10.96.0.0/12";

const FIRST_HOST = 10;
const LAST_HOST = 250;

export function planAddresses(subnet: string = DEFAULT_SUBNET): AddressPlan {
  const match = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.0\/24$/.exec(subnet);
  const prefix = match?.[1];
  if (prefix === undefined || prefix.split(".").some((part) => Number(part) > 255)) {
    throw new Error(`the hosts' subnet has to be a /24 such as ${DEFAULT_SUBNET}, not ${subnet}`);
  }
  return { prefix };
}

export function gatewayAddress({ prefix }: AddressPlan): string {
  return `${prefix}.1`;
}

/** The lowest free one, so that a host that is removed and added again finds its address back. */
export function nextHostAddress({ prefix }: AddressPlan, taken: Iterable<string>): string {
  const used = new Set(taken);
  for (let number = FIRST_HOST; number <= LAST_HOST; number += 1) {
    const address = `${prefix}.${number}`;
    if (!used.has(address)) return address;
  }
  throw new Error(`no free address left in ${prefix}.0/24`);
}

function hostNumber(address: string): number {
  return Number(address.slice(address.lastIndexOf(".") + 1));
}

/** Follows from the host's address, so that the route to a host's pods is known before the host is a node. */
export function hostPodSubnet(address: string): string {
  return `10.244.${hostNumber(address)}.0/24`;
}

/** Follows from the address too: the neighbours' caches stay right when a host is replaced by another. */
export function hardwareAddress(address: string): string {
  const bytes = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  return ["02", "00", ...bytes].join(":");
}

/** Name of the bridge's end of the host's cable. */
export function bridgePort(address: string): string {
  return `host${hostNumber(address)}`;
}
