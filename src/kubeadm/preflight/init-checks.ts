import { parseCidr } from "../../addresses/cidr.ts";
import { type IpAddress, parseIp } from "../../addresses/ip-address.ts";
import type { Check } from "./check.ts";
import { type ControlPlaneToCheck, componentChecks, etcdChecks } from "./control-plane-checks.ts";
import { forwardsIpv4, forwardsIpv6 } from "./files.ts";
import { keyAlgorithmChecks } from "./key-algorithm.ts";
import { type NodeToCheck, nodeChecks } from "./node-checks.ts";

/** What the checks of `kubeadm init` depend on. */
export interface InitToCheck extends ControlPlaneToCheck, NodeToCheck {
  readonly kubernetesVersion: string;
  /** Checks the version of an external etcd; absent with a stacked etcd. */
  readonly externalEtcdVersion?: Check;
}

/** The checks of the first control plane, in upstream's order; `privilegedUser` runs before all of them. */
export function initChecks(init: InitToCheck): readonly Check[] {
  return [
    ...componentChecks(init),
    ...keyAlgorithmChecks(init),
    ...nodeChecks(init),
    ...forwardingChecks(init),
    ...(init.externalEtcdVersion === undefined ? [] : [init.externalEtcdVersion]),
    ...etcdChecks(init.etcd),
  ];
}

/** Each address family that the cluster uses must be forwarded. */
function forwardingChecks({ advertiseAddress, serviceSubnet, podSubnet }: InitToCheck): readonly Check[] {
  const ranges = [...serviceSubnet.split(","), ...podSubnet.split(",")];
  const addresses = [parseIp(advertiseAddress), ...ranges.map((range) => parseCidr(range)?.network)];
  const uses = (family: IpAddress["family"]) => addresses.some((address) => address?.family === family);
  return [...(uses("IPv4") ? [forwardsIpv4] : []), ...(uses("IPv6") ? [forwardsIpv6] : [])];
}
