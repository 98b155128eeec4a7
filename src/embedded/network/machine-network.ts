import { endpointOf } from "../../addresses/url-address.ts";
import { type Network, NetworkError } from "../../host/host.ts";
import { carriedEndpoint, carriedUrl, type NetworkPlace } from "./loopback-network.ts";

export interface MachineNetworkOptions {
  readonly place: NetworkPlace;
  /** Host name -> address, of every machine that can be resolved; read for each call. */
  readonly hostnames: ReadonlyMap<string, string>;
}

/** The network as a machine sees it. Its only interface besides `lo` has its address and the default route. */
export function machineNetwork(base: Network, { place, hostnames }: MachineNetworkOptions): Network {
  return {
    canListen: async (port, address = place.address) => {
      const carried = carriedEndpoint(place, { host: address, port });
      const own = carriedEndpoint(place, { host: place.address, port });
      // In the network, but another machine's: no socket can be bound to it.
      return (carried.host === address || carried.host === own.host) && base.canListen(carried.port, carried.host);
    },
    lookup: async (hostname, signal) => {
      signal.throwIfAborted();
      const address = hostname === "localhost" ? "127.0.0.1" : hostnames.get(hostname);
      if (address === undefined) throw new NetworkError("not-found", `lookup ${hostname}: no such host`);
      return [address];
    },
    canConnect: base.canConnect,
    addresses: () => [
      { interface: "lo", address: "127.0.0.1", family: "IPv4", internal: true },
      { interface: "eth0", address: place.address, family: "IPv4", internal: false },
    ],
    defaultRouteInterfaces: async (family) => (family === "IPv4" ? ["eth0"] : []),
    sourceAddress: async (destination) => (destination.startsWith("127.") ? "127.0.0.1" : place.address),
    probe: async (url, options) => {
      const carried = carriedUrl(place, url);
      try {
        return await base.probe(carried, options);
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        const [from, to] = [endpointOf(new URL(carried)), endpointOf(new URL(url))];
        const message = error.message
          .replaceAll(`${from.host}:${from.port}`, `${to.host}:${to.port}`)
          .replaceAll(from.host, to.host);
        throw new NetworkError(error.code, message, error);
      }
    },
  };
}
