import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

/** A machine's place in it: its own address, and what carries it. */
export interface NetworkPlace {
  /** 192.0.2.11 */
  readonly address: string;
  /** `127.93.7`: first three parts of the addresses that carry the network. */
  readonly carrier: string;
}

/**
 * A network of the machines 192.0.2.1 to 192.0.2.254 (TEST-NET-1, RFC 5737) that the loopback interface carries, for
 * tests without privileges: each of these addresses is one of 127.0.0.0/8 in truth, of which Linux has them all. Programs
 * that use it know the addresses 192.0.2.x only (kubeadm refuses to announce one of the loopback interface), so every
 * port of a machine is free on another machine, and certificates name what they name on real networks.
 */
export interface LoopbackNetwork extends AsyncDisposable {
  readonly carrier: string;
}

const longestSearch = 50;
/** Below the ports that the kernel gives out by itself, and no port of Kubernetes. */
const claimPort = 6440;

/** A network that no other test of this machine has. */
export async function loopbackNetwork(): Promise<LoopbackNetwork> {
  for (let attempt = 1; ; attempt++) {
    const carrier = `127.${randomInt(64, 192)}.${randomInt(256)}`;
    try {
      const claim = await listenOn(`${carrier}.255`, claimPort);
      return { carrier, [Symbol.asyncDispose]: () => closed(claim) };
    } catch (error) {
      if (attempt === longestSearch) throw error;
    }
  }
}

/** The address behind that of a program: its own machine's for "localhost" and "all", unchanged outside the network. */
export function carrierOf({ address, carrier }: NetworkPlace, host: string): string {
  const named = ["localhost", "127.0.0.1", "0.0.0.0", "::", "::1"].includes(host) ? address : host;
  const number = /^192\.0\.2\.(\d{1,3})$/.exec(named)?.[1];
  return number === undefined ? named : `${carrier}.${number}`;
}

/** The URL under which a URL of the network is reached. */
export function carriedUrl(place: NetworkPlace, url: string): string {
  const carried = new URL(url);
  carried.hostname = carrierOf(place, carried.hostname.replace(/^\[|\]$/g, ""));
  return carried.href;
}

async function listenOn(host: string, port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, resolve);
  });
  return server.unref();
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
