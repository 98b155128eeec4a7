import { addressAt, parseCidr } from "../../addresses/cidr.ts";
import { formatIp, parseIp } from "../../addresses/ip-address.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { AddressError, splitHostPort } from "../../go/host-port.ts";
import { subdomainProblems } from "../../kubernetes/dns-name.ts";
import type { AlternativeNames } from "../../pki/certificate-extensions.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";

/**
 * Returns the names of the API server's certificate: its Service, this node, the cluster's endpoint and the user's
 * names.
 */
export function apiServerNames(node: ControlPlaneNode, events: Events): AlternativeNames {
  const { networking, controlPlaneEndpoint, apiServer } = node.cluster;
  const endpoint = controlPlaneEndpoint === "" ? [] : [endpointHost(controlPlaneEndpoint)];
  return collected(
    [
      node.nodeRegistration.name,
      "kubernetes",
      "kubernetes.default",
      "kubernetes.default.svc",
      `kubernetes.default.svc.${networking.dnsDomain}`,
      firstServiceAddress(networking.serviceSubnet),
      advertiseAddress(node),
      ...endpoint,
    ],
    { extra: apiServer.certSANs, certificate: "apiserver", events },
  );
}

export function etcdServerNames(node: ControlPlaneNode, events: Events): AlternativeNames {
  const { etcd } = node.cluster;
  const extra = "local" in etcd ? etcd.local.serverCertSANs : [];
  return collected(etcdNames(node), { extra, certificate: "etcd/server", events });
}

export function etcdPeerNames(node: ControlPlaneNode, events: Events): AlternativeNames {
  const { etcd } = node.cluster;
  const extra = "local" in etcd ? etcd.local.peerCertSANs : [];
  return collected(etcdNames(node), { extra, certificate: "etcd/peer", events });
}

function etcdNames(node: ControlPlaneNode): readonly string[] {
  return [node.nodeRegistration.name, "localhost", advertiseAddress(node), "127.0.0.1", "::1"];
}

interface Extra {
  /** certSANs of the configuration. */
  readonly extra: readonly string[];
  readonly certificate: string;
  readonly events: Events;
}

/** Returns addresses without duplicates in their order, and names without duplicates, sorted. */
function collected(own: readonly string[], { extra, certificate, events }: Extra): AlternativeNames {
  const usable = extra.filter((name) => {
    if (parseIp(name) !== undefined || isDnsName(name)) return true;
    const message = `WARNING: '${name}' was not added to the '${certificate}' SAN, because it is not a valid IP or RFC-1123 compliant DNS entry`;
    events.emit("warning", { area: "certificates", message });
    return false;
  });
  const names = [...own, ...usable].map((name) => ({ name, ip: parseIp(name) }));
  const addresses = names.flatMap(({ ip }) => (ip === undefined ? [] : [formatIp(ip)]));
  const dnsNames = names.filter(({ ip }) => ip === undefined).map(({ name }) => name);
  return { dnsNames: [...new Set(dnsNames)].sort(), ipAddresses: [...new Set(addresses)] };
}

/** Reports whether this is a DNS name, possibly with a wildcard as first label. */
function isDnsName(name: string): boolean {
  return subdomainProblems(name.startsWith("*.") ? name.slice(2) : name).length === 0;
}

function firstServiceAddress(subnets: string): string {
  const [first = ""] = subnets.split(",");
  const cidr = parseCidr(first);
  const address = cidr === undefined ? undefined : addressAt(cidr, 1);
  if (address === undefined) {
    const reason = `unable to get first IP address from the given CIDR: ${first}`;
    throw new KubeadmError("CONFIG_INVALID", `failed to get first IP address from the given CIDR: ${reason}`);
  }
  return formatIp(address);
}

function advertiseAddress({ localAPIEndpoint }: ControlPlaneNode): string {
  const ip = parseIp(localAPIEndpoint.advertiseAddress);
  if (ip === undefined) {
    const given = localAPIEndpoint.advertiseAddress;
    const message = `error parsing LocalAPIEndpoint AdvertiseAddress ${given}: is not a valid textual representation of an IP address`;
    throw new KubeadmError("CONFIG_INVALID", message);
  }
  return formatIp(ip);
}

/** Returns the host of the endpoint, whose port is optional. */
function endpointHost(endpoint: string): string {
  try {
    return splitHostPort(endpoint).host;
  } catch (error) {
    if (error instanceof AddressError) return endpoint.replace(/^\[(.*)\]$/, "$1");
    throw error;
  }
}
