import { networkInterfaces } from "node:os";
import { abortable, throwIfAborted } from "../../async/signal.ts";
import { canListen, connectSocket } from "../../sockets/local-sockets.ts";
import { defaultRoutes } from "../default-routes.ts";
import { type InterfaceAddress, type Network, NetworkError } from "../host.ts";
import { errnoOf, reasonOf } from "../system-errors.ts";
import { probe } from "./probe.ts";
import { sourceAddress } from "./source-address.ts";

/** Resolves to the addresses of a name. Rejects with the resolver's error. */
export type Lookup = (hostname: string) => Promise<readonly { readonly address: string }[]>;

const systemLookup: Lookup = async (hostname) => (await import("node:dns/promises")).lookup(hostname, { all: true });

/** Returns the network of this machine. */
export function localNetwork(lookup: Lookup = systemLookup): Network {
  return {
    canListen,
    lookup: (hostname, signal) => addressesOf(lookup(hostname), { hostname, signal }),
    canConnect,
    addresses,
    defaultRouteInterfaces: async (family) => {
      const { readFile } = await import("node:fs/promises");
      const table = family === "IPv4" ? "/proc/net/route" : "/proc/net/ipv6_route";
      // A kernel without IPv6 has no such file, and therefore no routes.
      return defaultRoutes(family, await readFile(table, "utf8").catch(() => ""));
    },
    sourceAddress,
    probe,
  };
}

async function addressesOf(
  lookup: Promise<readonly { readonly address: string }[]>,
  { hostname, signal }: { readonly hostname: string; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  let found: readonly { readonly address: string }[];
  try {
    found = await abortable(lookup, signal);
  } catch (error) {
    throwIfAborted(signal);
    const code = errnoOf(error);
    if (code === "ENOTFOUND" || code === "ENODATA") {
      throw new NetworkError("not-found", `lookup ${hostname}: no such host`, error);
    }
    throw new NetworkError("other", `lookup ${hostname}: ${lookupFailures[code] ?? reasonOf(error)}`, error);
  }
  return found.map(({ address }) => address);
}

/** Why the lookup could not be answered. The runtimes name only the call ("getaddrinfo ECONNREFUSED"). */
const lookupFailures: Readonly<Record<string, string>> = {
  ECONNREFUSED: "no name server can be reached (connection refused)",
  ETIMEOUT: "no name server responds (i/o timeout)",
  ETIMEDOUT: "no name server responds (i/o timeout)",
  ESERVFAIL: "the name server has failed (SERVFAIL)",
  EREFUSED: "the name server refused the query (REFUSED)",
  EAI_AGAIN: "temporary failure in name resolution: no name server responds, or it has failed",
};

async function canConnect(path: string, signal: AbortSignal): Promise<boolean> {
  try {
    (await connectSocket({ path }, signal)).destroy();
    return true;
  } catch {
    throwIfAborted(signal);
    return false;
  }
}

function addresses(): readonly InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, found]) =>
    (found ?? []).map(({ address, family, internal }) => ({ interface: name, address, family, internal })),
  );
}
