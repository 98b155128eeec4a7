import { randomInt } from "node:crypto";
import { createServer, type ListenOptions, type Server } from "node:net";
import { type Endpoint, endpointOf } from "../../addresses/url-address.ts";

/** The loopback addresses and ports that carry a network. */
export interface Carrier {
  /** `127.93.7`: first three parts of the addresses. */
  readonly carrier: string;
  /** The first of the ports that carry those of Kubernetes. */
  readonly firstPort: number;
}

/** A machine's place in a network: its own address, and the carrier. */
export interface NetworkPlace extends Carrier {
  /** 192.0.2.11 */
  readonly address: string;
}

/**
 * A network of the machines 192.0.2.1 to 192.0.2.254 (TEST-NET-1, RFC 5737) that the loopback interface carries, for
 * tests without privileges: each of these addresses is really one of 127.0.0.0/8, all of which Linux has. Programs only
 * see the addresses 192.0.2.x (kubeadm refuses to advertise one of the loopback interface), so every port of a machine
 * is free on another machine, and certificates have the same names as on real networks. Other ports carry the ports of
 * the cluster: a developer's machine may run a cluster that listens on all addresses.
 */
export interface LoopbackNetwork extends Carrier, AsyncDisposable {}

/** Of etcd, the API server, the kubelet, kube-proxy, the controller manager and the scheduler. */
const kubernetesPorts = [2379, 2380, 2381, 6443, 10248, 10249, 10250, 10256, 10257, 10259];

const longestSearch = 50;
/** Below the range of the kernel's ephemeral ports. */
const portRange = { from: 20_000, to: 32_000 };

/** Returns a network that no other test on this machine uses. */
export async function loopbackNetwork(): Promise<LoopbackNetwork> {
  for (let attempt = 1; ; attempt++) {
    const carrier = `127.${randomInt(64, 192)}.${randomInt(256)}`;
    const firstPort = randomInt(portRange.from, portRange.to - kubernetesPorts.length);
    try {
      // An abstract socket of Linux: it uses no port, and ends with the process.
      const claim = await listenOn({ path: `\0kubeadm-loopback-network-${carrier}` });
      try {
        for (const index of kubernetesPorts.keys()) {
          await closed(await listenOn({ host: `${carrier}.1`, port: firstPort + index }));
        }
      } catch (error) {
        await closed(claim);
        throw error;
      }
      return { carrier, firstPort, [Symbol.asyncDispose]: () => closed(claim) };
    } catch (error) {
      if (attempt === longestSearch) throw error;
    }
  }
}

/** Resolves an endpoint: on its own machine for "localhost" and "all", unchanged outside the network. */
export function carriedEndpoint({ address, carrier, firstPort }: NetworkPlace, { host, port }: Endpoint): Endpoint {
  const named = ["localhost", "127.0.0.1", "0.0.0.0", "::", "::1"].includes(host) ? address : host;
  const number = /^192\.0\.2\.(\d{1,3})$/.exec(named)?.[1];
  if (number === undefined) return { host: named, port };
  const index = kubernetesPorts.indexOf(port);
  return { host: `${carrier}.${number}`, port: index === -1 ? port : firstPort + index };
}

/** Returns the URL that reaches a URL of the network. */
export function carriedUrl(place: NetworkPlace, url: string): string {
  const carried = new URL(url);
  const { host, port } = carriedEndpoint(place, endpointOf(carried));
  carried.hostname = host;
  carried.port = String(port);
  return carried.href;
}

async function listenOn(address: ListenOptions): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...address, exclusive: true }, resolve);
  });
  return server.unref();
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
