import { networkInterfaces } from "node:os";
import type { Endpoint } from "../../addresses/url-address.ts";
import { connectHttps, connectHttpsBy } from "../../cluster/https.ts";
import type { ConnectTransport } from "../../cluster/transport.ts";
import { carriedEndpoint, type NetworkPlace } from "../network/loopback-network.ts";

/** How the kubelet connects to others, and where it listens. */
export interface KubeletNetwork {
  readonly connect: ConnectTransport;
  /** The address to listen on for an endpoint of the kubelet's configuration. */
  listenOn(endpoint: Endpoint): Endpoint;
  /** Its Node's InternalIP. */
  readonly internalAddress: string;
}

/** This machine's network, or a place in a network that the loopback interface carries. */
export function kubeletNetwork(place?: NetworkPlace): KubeletNetwork {
  if (place === undefined) {
    return { connect: connectHttps, listenOn: (endpoint) => endpoint, internalAddress: internalAddress() };
  }
  const carried = (endpoint: Endpoint) => carriedEndpoint(place, endpoint);
  return { connect: connectHttpsBy(carried), listenOn: carried, internalAddress: place.address };
}

function internalAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}
