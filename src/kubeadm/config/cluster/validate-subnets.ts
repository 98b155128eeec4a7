import { type Cidr, parseCidrList } from "../../../addresses/cidr.ts";
import { formatIp } from "../../../addresses/ip-address.ts";
import type { Events } from "../../../events/events.ts";
import { goQuote } from "../../../go/quote.ts";
import { subdomainProblems } from "../../../kubernetes/dns-name.ts";
import { type FieldError, invalidValue } from "../documents/field-error.ts";
import { lastValue } from "../fields/node-registration.ts";
import type { ClusterConfiguration, Networking } from "./cluster-configuration.ts";

const fewestServiceAddresses = 10;
const fewestPodAddresses = 14;
/** Maximum of host bits, because the API server keeps a bitmap of all addresses. */
const mostServiceBits = 20;
/**
 * Maximum difference between the mask of the Pod network and that of a node, because the controller manager keeps a
 * bitmap of all nodes.
 */
const mostNodeBits = 16;
const defaultNodeMasks = { IPv4: 24, IPv6: 64 } as const;

const wrongFamilies = "expected one (IPv4 or IPv6) CIDR or two CIDRs from each family for dual-stack networking";

/** Returns all errors in the networks of a cluster, in upstream's order. */
export function validateNetworking(cluster: ClusterConfiguration, path: string, events: Events): readonly FieldError[] {
  const { dnsDomain, serviceSubnet, podSubnet }: Networking = cluster.networking;
  const [servicePath, podPath] = [`${path}.serviceSubnet`, `${path}.podSubnet`];
  return [
    ...subdomainProblems(dnsDomain).map((problem) => invalidValue(`${path}.dnsDomain`, dnsDomain, problem)),
    ...validateSubnets(serviceSubnet, { path: servicePath, fewest: fewestServiceAddresses }, events),
    ...validateServiceSize(serviceSubnet, servicePath),
    ...(podSubnet === ""
      ? []
      : [
          ...validateSubnets(podSubnet, { path: podPath, fewest: fewestPodAddresses }, events),
          ...validateNodeMasks(cluster, podPath),
        ]),
  ];
}

interface SubnetRule {
  readonly path: string;
  readonly fewest: number;
}

function validateSubnets(text: string, { path, fewest }: SubnetRule, events: Events): readonly FieldError[] {
  const subnets = parseCidrList(text);
  if (subnets === undefined) return [invalidValue(path, text, "couldn't parse subnet")];
  const [first, second, third] = subnets;
  const isMixed = second === undefined || (third === undefined && first?.network.family !== second.network.family);
  for (const subnet of subnets.filter(isSiteLocal)) {
    const message = `the subnet ${cidrText(subnet)} contains IPv6 site-local addresses that belong to fec0::/10 which has been deprecated by rfc3879`;
    events.emit("warning", { message });
  }
  return [
    ...(isMixed ? [] : [invalidValue(path, text, wrongFamilies)]),
    ...subnets.flatMap((subnet) => {
      const size = addresses(subnet);
      if (size >= BigInt(fewest)) return [];
      const reason = `subnet with ${size} address(es) is too small, the minimum is ${fewest}`;
      return [invalidValue(path, cidrText(subnet), reason)];
    }),
  ];
}

function validateServiceSize(text: string, path: string): readonly FieldError[] {
  return (parseCidrList(text) ?? [])
    .filter((subnet) => hostBits(subnet) > mostServiceBits)
    .map((subnet) => {
      const bits = subnet.network.bytes.length * 8;
      const reason = `specified service subnet is too large; for ${bits}-bit addresses, the mask must be >= ${bits - mostServiceBits}`;
      return invalidValue(path, cidrText(subnet), reason);
    });
}

/** Checks that the Pod network has room for node subnets, if the controller manager allocates them. */
function validateNodeMasks(cluster: ClusterConfiguration, path: string): readonly FieldError[] {
  if (lastArgument(cluster, "allocate-node-cidrs") === "false") return [];
  return (parseCidrList(cluster.networking.podSubnet) ?? []).flatMap((subnet) => {
    const reason = nodeMaskProblem(cluster, subnet);
    return reason === undefined ? [] : [invalidValue(path, cidrText(subnet), reason)];
  });
}

function nodeMaskProblem(cluster: ClusterConfiguration, { network, maskLength }: Cidr): string | undefined {
  const { family } = network;
  const argument = `node-cidr-mask-size-${family.toLowerCase()}`;
  const given = lastArgument(cluster, argument);
  if (given !== "" && !/^[+-]?\d+$/.test(given)) {
    return (
      `could not parse the value of the kube-controller-manager flag ${argument} as an integer: ` +
      `strconv.Atoi: parsing ${goQuote(given)}: invalid syntax`
    );
  }
  const nodeMask = given === "" ? defaultNodeMasks[family] : Number(given);
  if (maskLength > nodeMask) {
    return `the size of pod subnet with mask ${maskLength} is smaller than the size of node subnet with mask ${nodeMask}`;
  }
  if (nodeMask - maskLength <= mostNodeBits) return undefined;
  return `pod subnet mask (${maskLength}) and node-mask (${nodeMask}) difference is greater than ${mostNodeBits}`;
}

/** Returns the last value of the argument, or "". */
function lastArgument({ controllerManager }: ClusterConfiguration, name: string): string {
  return lastValue(controllerManager.extraArgs, name) ?? "";
}

function hostBits({ network, prefixLength }: Cidr): number {
  return network.bytes.length * 8 - prefixLength;
}

/** Upstream counts no addresses in a subnet of half the address space or all of it. */
function addresses(subnet: Cidr): bigint {
  const bits = hostBits(subnet);
  return bits >= subnet.network.bytes.length * 8 - 1 ? 0n : 2n ** BigInt(bits);
}

function cidrText({ network, prefixLength }: Cidr): string {
  return `${formatIp(network)}/${prefixLength}`;
}

/** Reports whether the subnet overlaps fec0::/10. */
function isSiteLocal({ network, prefixLength }: Cidr): boolean {
  if (network.family !== "IPv6") return false;
  const [first = 0, second = 0] = network.bytes;
  const top = (first << 8) | second;
  const shared = Math.min(prefixLength, 10);
  return shared === 0 || top >> (16 - shared) === 0xfec0 >> (16 - shared);
}
