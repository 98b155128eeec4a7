import { networkInterfaces } from "node:os";
import { connectHttps, connectHttpsBy } from "../../cluster/https-node.ts";
import type { ConnectTransport } from "../../cluster/transport.ts";
import { carrierOf, type NetworkPlace } from "../network/loopback-network.ts";

/** How the kubelet reaches others, and is reached. */
export interface KubeletNetwork {
  readonly connect: ConnectTransport;
  /** What to listen on for an address that the kubelet is configured with. */
  listenAddress(address: string): string;
  /** Its Node's InternalIP. */
  readonly internalAddress: string;
}

/** This machine's network, or a place in a network that the loopback interface carries. */
export function kubeletNetwork(place?: NetworkPlace): KubeletNetwork {
  if (place === undefined) {
    return { connect: connectHttps, listenAddress: (address) => address, internalAddress: internalAddress() };
  }
  const carried = (host: string) => carrierOf(place, host);
  return { connect: connectHttpsBy(carried), listenAddress: carried, internalAddress: place.address };
}

function internalAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}
