import {
  formatIp,
  type IpAddress,
  isGlobalUnicast,
  isSameIp,
  isUnspecified,
  parseIp,
} from "../../addresses/ip-address.ts";
import { throwIfAborted } from "../../async/signal.ts";
import { type InterfaceAddress, type Network, NetworkError } from "../../host/host.ts";
import { findOnDefaultRoute, preferring } from "../config/fields/advertise-address.ts";

export type AddressPorts = Pick<Network, "addresses" | "defaultRouteInterfaces" | "lookup" | "sourceAddress">;

/** Timeout of the resolver: a slow one must not delay a join for the sake of a warning. */
const lookupTimeoutMs = 2_000;

export interface ChosenAddress {
  readonly address: InterfaceAddress;
  readonly why: "the address that its name resolves to" | "the address of the default route";
}

/** "none": the kubelet finds no address. "unknown": what it will find is not certain. */
export type Choice = ChosenAddress | "none" | "unknown";

/**
 * Returns the address that a kubelet without --node-ip registers for its Node (pkg/kubelet/nodestatus): the one that
 * the Node's name resolves to, if it is an address of the machine, else that of the default route. IPv4 is preferred
 * unless `preferred` is IPv6, as with --node-ip=::.
 */
export async function chosenNodeAddress(
  nodeName: string,
  { preferred, network, signal }: { preferred: InterfaceAddress["family"]; network: AddressPorts; signal: AbortSignal },
): Promise<Choice> {
  const own = network.addresses();
  const named = await resolved(nodeName, network, signal);
  if (named === undefined) return "unknown";
  const usable = named.flatMap((address) => usableAddress(address, own) ?? []);
  const ofFamily = usable.filter(({ family }) => family === preferred);
  const candidates = distinct(ofFamily.length > 0 ? ofFamily : usable);
  const [address] = candidates;
  // The kubelet uses a name that is itself an address without checking it.
  if (address === undefined && parseIp(nodeName) !== undefined) return "unknown";
  // The resolver decides which of several comes first, and the kubelet may use another resolver.
  if (candidates.length > 1) return "unknown";
  if (address !== undefined) return { address, why: "the address that its name resolves to" };
  const found = (await findOnDefaultRoute(network, preferring(preferred))).address;
  const onRoute = found === undefined ? undefined : usableAddress(found, own);
  return onRoute === undefined ? "none" : { address: onRoute, why: "the address of the default route" };
}

/** Returns no addresses if the resolver fails, as the kubelet does; undefined if it does not respond in time. */
export async function resolved(
  name: string,
  { lookup }: Pick<Network, "lookup">,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (parseIp(name) !== undefined) return [name];
  try {
    return await lookup(name, AbortSignal.any([signal, AbortSignal.timeout(lookupTimeoutMs)]));
  } catch (error) {
    throwIfAborted(signal);
    return error instanceof NetworkError ? [] : undefined;
  }
}

/**
 * Returns the machine's entry for the address, if the kubelet accepts it for a Node: neither loopback nor link-local.
 */
export function usableAddress(text: string, own: readonly InterfaceAddress[]): InterfaceAddress | undefined {
  const ip = parseIp(text);
  if (ip === undefined || !isGlobalUnicast(ip)) return undefined;
  return own.find(({ address }) => {
    const each = parseIp(address);
    return each !== undefined && isSameIp(each, ip);
  });
}

function distinct(entries: readonly InterfaceAddress[]): readonly InterfaceAddress[] {
  return [...new Map(entries.map((entry) => [entry.address, entry])).values()];
}

/**
 * Returns what is wrong with a value of --node-ip; undefined if the kubelet accepts it. Blanks around an address and
 * empty values are allowed, as in the kubelet.
 */
export function nodeIpProblem(value: string, own: readonly InterfaceAddress[]): string | undefined {
  const texts = value.split(",").map((text) => text.trim());
  const addresses: IpAddress[] = [];
  for (const text of texts) {
    const ip = parseIp(text);
    if (ip === undefined) return `${JSON.stringify(text)} is not an IP address, so the kubelet ignores it`;
    addresses.push(ip);
  }
  const [first, second] = addresses;
  const isPair = second !== undefined && first?.family !== second.family && !addresses.some(isUnspecified);
  if (addresses.length > 1 && !(addresses.length === 2 && isPair)) {
    return "the kubelet accepts one address, or one IPv4 and one IPv6 address, and does not start";
  }
  const foreign = addresses.find((ip) => !isUnspecified(ip) && usableAddress(formatIp(ip), own) === undefined);
  if (foreign === undefined) return undefined;
  return isGlobalUnicast(foreign)
    ? `${formatIp(foreign)} is not an address of this machine, so the kubelet cannot report an address for its Node`
    : `${formatIp(foreign)} is a loopback, link-local or multicast address, which the kubelet does not accept`;
}
