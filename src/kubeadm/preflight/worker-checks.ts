import { parseIp } from "../../addresses/ip-address.ts";
import { AddressError, splitHostPort } from "../../go/host-port.ts";
import { bootstrapKubeconfigPath, kubeletKubeconfigPath } from "../paths.ts";
import type { Check } from "./check.ts";
import { fileAvailable, forwardsIpv4, forwardsIpv6 } from "./files.ts";
import { findLeftovers } from "./leftovers.ts";
import { httpProxy } from "./network.ts";
import { type NodeToCheck, nodeChecks } from "./node-checks.ts";

/** What the checks of a join depend on. */
export interface JoinToCheck extends Omit<NodeToCheck, "kubernetesVersion"> {
  /** Path to which the cluster's CA will be written; absent for a control plane, which may have it already. */
  readonly caCertPath?: string;
  /** `host:port` of token discovery; absent with other discovery methods. */
  readonly discoveryEndpoint?: string;
}

/** Returns the checks of every joining node, in upstream's order; `privilegedUser` runs before all of them. */
export function workerChecks(join: JoinToCheck): readonly Check[] {
  const { caCertPath } = join;
  const kubeconfigs = [kubeletKubeconfigPath, bootstrapKubeconfigPath];
  const leftovers = findLeftovers(caCertPath === undefined ? kubeconfigs : [...kubeconfigs, caCertPath]);
  return [
    fileAvailable(kubeletKubeconfigPath, leftovers),
    fileAvailable(bootstrapKubeconfigPath, leftovers),
    ...nodeChecks(join),
    ...(caCertPath === undefined ? [] : [fileAvailable(caCertPath, leftovers)]),
    ...endpointChecks(join.discoveryEndpoint),
  ];
}

/** Checks that the API server is reached without a proxy, and that packets of its address family are forwarded. */
function endpointChecks(endpoint: string | undefined): readonly Check[] {
  const host = endpoint === undefined ? undefined : hostOf(endpoint);
  if (host === undefined) return [];
  switch (parseIp(host)?.family) {
    case "IPv4":
      return [httpProxy(host), forwardsIpv4];
    case "IPv6":
      return [httpProxy(host), forwardsIpv6];
    default:
      return [httpProxy(host)];
  }
}

function hostOf(endpoint: string): string | undefined {
  try {
    return splitHostPort(endpoint).host;
  } catch (error) {
    // Discovery reports a malformed endpoint.
    if (error instanceof AddressError) return undefined;
    throw error;
  }
}
