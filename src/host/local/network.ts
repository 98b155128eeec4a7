import type { LookupAddress } from "node:dns";
import { networkInterfaces } from "node:os";
import { abortable, abortReason, throwIfAborted } from "../../async/signal.ts";
import { defaultRoutes } from "../default-routes.ts";
import { type InterfaceAddress, type Network, NetworkError } from "../host.ts";
import { errnoOf, reasonOf } from "../system-errors.ts";
import { probe } from "./probe.ts";

export function localNetwork(): Network {
  return {
    canListen,
    lookup,
    canConnect,
    addresses,
    defaultRouteInterfaces: async (family) => {
      const { readFile } = await import("node:fs/promises");
      const table = family === "IPv4" ? "/proc/net/route" : "/proc/net/ipv6_route";
      // A kernel without IPv6 has no such file, and so no routes.
      return defaultRoutes(family, await readFile(table, "utf8").catch(() => ""));
    },
    probe,
  };
}

async function canListen(port: number, address?: string): Promise<boolean> {
  const { createServer } = await import("node:net");
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  server.once("error", () => resolve(false));
  server.listen({ port, exclusive: true, ...(address === undefined ? {} : { host: address }) }, () => {
    server.close(() => resolve(true));
  });
  return promise;
}

async function lookup(hostname: string, signal: AbortSignal): Promise<readonly string[]> {
  const dns = await import("node:dns/promises");
  let found: readonly LookupAddress[];
  try {
    found = await abortable(dns.lookup(hostname, { all: true }), signal);
  } catch (error) {
    throwIfAborted(signal);
    const isUnknown = ["ENOTFOUND", "ENODATA", "DNS_ENOTFOUND", "DNS_ENODATA"].includes(errnoOf(error));
    throw isUnknown
      ? new NetworkError("not-found", `lookup ${hostname}: no such host`, error)
      : new NetworkError("other", `lookup ${hostname}: ${reasonOf(error)}`, error);
  }
  return found.map(({ address }) => address);
}

async function canConnect(socketPath: string, signal: AbortSignal): Promise<boolean> {
  const { connect } = await import("node:net");
  throwIfAborted(signal);
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const onAbort = () => reject(abortReason(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  const socket = connect({ path: socketPath });
  socket.once("connect", () => resolve(true));
  socket.on("error", () => resolve(false));
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    socket.destroy();
  }
}

function addresses(): readonly InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, found]) =>
    (found ?? []).map(({ address, family, internal }) => ({ interface: name, address, family, internal })),
  );
}
