import { parseCidrList } from "../../addresses/cidr.ts";
import { isGlobalUnicast, isUnspecified, parseIp } from "../../addresses/ip-address.ts";
import { hostOf } from "../../addresses/url-address.ts";
import type { InterfaceAddress } from "../../host/host.ts";
import { lastValue } from "../config/fields/node-registration.ts";
import { kubeletEnvironmentPath } from "../paths.ts";
import {
  type AddressPorts,
  type ChosenAddress,
  chosenNodeAddress,
  nodeIpProblem,
  resolved,
  usableAddress,
} from "./chosen-node-address.ts";
import type { KubeletArgument } from "./kubelet-environment.ts";

type Family = InterfaceAddress["family"];

export interface NodeToRegister {
  readonly name: string;
  readonly kubeletArguments: readonly KubeletArgument[];
  /** Comma-separated, as in the ClusterConfiguration. */
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  /** What identifies the machine's address in the cluster: the advertised address, or the route to the API server. */
  readonly reference: { readonly advertised: string } | { readonly server: string };
}

export interface NodeAddressPorts {
  readonly network: AddressPorts;
  readonly signal: AbortSignal;
}

interface Reference {
  readonly address: InterfaceAddress;
  /** "this machine reaches the API server https://… from" */
  readonly because: string;
}

/**
 * Returns what is wrong with the address that the kubelet will register for the Node, and how to fix it; undefined if
 * nothing is certainly wrong. A machine with a default route, one interface, and only addresses of the cluster's
 * families is not checked further.
 */
export async function nodeAddressProblem(node: NodeToRegister, ports: NodeAddressPorts): Promise<string | undefined> {
  const own = ports.network.addresses();
  const given = lastValue(node.kubeletArguments, "node-ip") ?? "";
  const problem = given.trim() === "" ? undefined : nodeIpProblem(given, own);
  if (problem !== undefined) {
    return `node-ip ${JSON.stringify(given)} of the kubelet's arguments does not work: ${problem}. ${remedy(undefined)}`;
  }
  const addresses = given.split(",").flatMap((text) => parseIp(text.trim()) ?? []);
  const usable = own.filter(({ address, internal }) => !internal && isGlobal(address));
  const families = clusterFamilies(node);
  const specified = addresses.filter((ip) => !isUnspecified(ip));
  if (specified.length > 0) {
    if (families.size === 0 || specified.some(({ family }) => families.has(family))) return undefined;
    return familyProblem(`node-ip ${given} of the kubelet's arguments is`, { families, usable });
  }
  // An external cloud provider sets the addresses itself.
  if (lastValue(node.kubeletArguments, "cloud-provider") === "external") return undefined;
  if (isOrdinary(usable, families) && (await hasDefaultRoute(ports))) return undefined;

  const preferred = addresses[0]?.family ?? "IPv4";
  const choice = await chosenNodeAddress(node.name, { preferred, ...ports });
  if (choice === "unknown") return undefined;
  const reference = await referenceOf(node, ports);
  if (choice === "none") {
    if (reference === undefined) return undefined;
    return (
      `the kubelet won't find an address for its Node: ${node.name} does not resolve to an address of this machine, and ` +
      `there is no default route; ${reference.because} ${shown(reference.address)}. ${remedy(reference.address.address)}`
    );
  }
  return judge(choice, { families, usable, reference });
}

interface Surroundings {
  readonly families: ReadonlySet<Family>;
  readonly usable: readonly InterfaceAddress[];
  readonly reference: Reference | undefined;
}

function judge(choice: ChosenAddress, { families, usable, reference }: Surroundings): string | undefined {
  const { address, why } = choice;
  const will = `the kubelet will register its Node with ${shown(address)}, ${why}`;
  if (families.size > 0 && !families.has(address.family)) {
    const first = reference === undefined ? [] : [reference.address];
    return familyProblem(`${will}:`, { families, usable: [...first, ...usable] });
  }
  const other = reference?.address;
  if (
    reference !== undefined &&
    other !== undefined &&
    other.family === address.family &&
    other.interface !== address.interface
  ) {
    const meant = other.address;
    return (
      `${will}, but ${reference.because} ${shown(other)}. If the other nodes reach this node at ${meant}, this is the ` +
      `wrong address. ${remedy(meant)}`
    );
  }
  if (families.size < 2) return undefined;
  const second = usable.find((entry) => entry.family !== address.family && entry.interface === address.interface);
  if (second === undefined) return undefined;
  return (
    `${will}, alone, although the networks of the cluster are IPv4 and IPv6 and this machine also has ` +
    `${second.address}. ${remedy(`${address.address},${second.address}`)}`
  );
}

function familyProblem(
  what: string,
  { families, usable }: { readonly families: ReadonlySet<Family>; readonly usable: readonly InterfaceAddress[] },
): string {
  const [family] = families;
  const fitting = usable.find((entry) => families.has(entry.family));
  const none = fitting === undefined ? `, and this machine has no ${family} address` : "";
  return `${what} not of the cluster's family, as its Pod and Service networks are ${family}${none}. ${remedy(fitting?.address)}`;
}

function remedy(address: string | undefined): string {
  const value = address ?? "ADDRESS";
  const choice = address === undefined ? " with an address that `ip -brief address` shows" : "";
  return (
    `Set nodeRegistration.kubeletExtraArgs in the configuration file to [{name: node-ip, value: "${value}"}]${choice}; ` +
    `on a node that has joined, put --node-ip=${value} into ${kubeletEnvironmentPath} and restart the kubelet`
  );
}

function shown({ address, interface: name }: InterfaceAddress): string {
  return `${address} (${name})`;
}

function isGlobal(address: string): boolean {
  const ip = parseIp(address);
  return ip !== undefined && isGlobalUnicast(ip);
}

function clusterFamilies({ podSubnet, serviceSubnet }: NodeToRegister): ReadonlySet<Family> {
  const subnets = [podSubnet, serviceSubnet].flatMap((text) => (text === "" ? [] : (parseCidrList(text) ?? [])));
  return new Set(subnets.map(({ network }) => network.family));
}

/** Reports whether every possible choice is right, or there is only one. */
function isOrdinary(usable: readonly InterfaceAddress[], families: ReadonlySet<Family>): boolean {
  const present = new Set(usable.map(({ family }) => family));
  const isOneInterface = new Set(usable.map((entry) => entry.interface)).size <= 1;
  const isOfCluster = families.size === 0 || [...present].every((family) => families.has(family));
  return isOneInterface && isOfCluster && !(families.size > 1 && present.size > 1);
}

async function hasDefaultRoute({ network }: NodeAddressPorts): Promise<boolean> {
  const interfaces = [await network.defaultRouteInterfaces("IPv4"), await network.defaultRouteInterfaces("IPv6")];
  return interfaces.flat().length > 0;
}

/**
 * Returns undefined if the reference is inconclusive: the address is not one of this machine, or the API server runs on
 * this machine.
 */
async function referenceOf(
  { reference }: NodeToRegister,
  { network, signal }: NodeAddressPorts,
): Promise<Reference | undefined> {
  const own = network.addresses();
  if ("advertised" in reference) {
    const address = usableAddress(reference.advertised, own);
    return address === undefined ? undefined : { address, because: "the API server of this machine advertises" };
  }
  const destinations = (await resolved(hostOf(new URL(reference.server)), network, signal)) ?? [];
  const sources = new Map<string, InterfaceAddress>();
  for (const destination of destinations) {
    const source = await network.sourceAddress(destination, signal);
    const address = source === undefined ? undefined : usableAddress(source, own);
    // A connection to one of the machine's own addresses also starts from that address.
    if (address === undefined || address.internal || source === destination) return undefined;
    sources.set(address.address, address);
  }
  const [address] = sources.values();
  if (address === undefined || sources.size > 1) return undefined;
  return { address, because: `this machine reaches the API server ${reference.server} from` };
}
