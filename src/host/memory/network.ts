import { portOf } from "../../addresses/url-address.ts";
import type { Clock } from "../../async/clock.ts";
import { abortable, throwIfAborted } from "../../async/signal.ts";
import { started } from "../../async/started.ts";
import { type HttpProbe, type InterfaceAddress, type Network, NetworkError } from "../host.ts";

/** The answer of a health endpoint; a NetworkError is thrown. */
type ProbeAnswer = HttpProbe | NetworkError | (() => HttpProbe | NetworkError | Promise<HttpProbe>);

/** The network of a memoryHost. */
export interface SeedNetwork {
  readonly portsInUse?: readonly number[];
  /** Host name → addresses. IP addresses resolve to themselves. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
  /** Paths of unix sockets that accept connections. */
  readonly sockets?: readonly string[];
  readonly addresses?: readonly InterfaceAddress[];
  readonly defaultRoutes?: Readonly<Partial<Record<"IPv4" | "IPv6", readonly string[]>>>;
  /** Destination → the source address of packets to it; otherwise the first address of the destination's family. */
  readonly sources?: Readonly<Record<string, string>>;
  /** URL → answer; any other URL is refused. */
  readonly probes?: Readonly<Record<string, ProbeAnswer>>;
}

/** The collections are the network's state: tests change them as they go. */
export interface MemoryNetwork extends Network {
  readonly portsInUse: Set<number>;
  readonly names: Map<string, readonly string[]>;
  readonly sockets: Set<string>;
  readonly probes: Map<string, ProbeAnswer>;
}

const oneInterface: readonly InterfaceAddress[] = [
  { interface: "lo", address: "127.0.0.1", family: "IPv4", internal: true },
  { interface: "eth0", address: "192.0.2.10", family: "IPv4", internal: false },
];

export function memoryNetwork(seed: SeedNetwork, clock: Clock): MemoryNetwork {
  const portsInUse = new Set(seed.portsInUse);
  const names = new Map(Object.entries({ localhost: ["127.0.0.1"], ...seed.names }));
  const sockets = new Set(seed.sockets);
  const probes = new Map(Object.entries(seed.probes ?? {}));
  return {
    portsInUse,
    names,
    sockets,
    probes,
    canListen: async (port) => !portsInUse.has(port),
    lookup: async (hostname, signal) => {
      throwIfAborted(signal);
      const found = isAddress(hostname) ? [hostname] : names.get(hostname);
      if (found === undefined) throw new NetworkError("not-found", `lookup ${hostname}: no such host`);
      return found;
    },
    canConnect: async (socketPath, signal) => {
      throwIfAborted(signal);
      return sockets.has(socketPath);
    },
    addresses: () => seed.addresses ?? oneInterface,
    defaultRouteInterfaces: async (family) =>
      (seed.defaultRoutes ?? { IPv4: seed.addresses === undefined ? ["eth0"] : [] })[family] ?? [],
    sourceAddress: async (destination, signal) => {
      throwIfAborted(signal);
      const family = destination.includes(":") ? "IPv6" : "IPv4";
      const isInternal = destination.startsWith("127.") || destination === "::1";
      const found = (seed.addresses ?? oneInterface).find(
        (entry) => entry.family === family && entry.internal === isInternal,
      );
      return seed.sources?.[destination] ?? found?.address;
    },
    probe: async (url, { signal, timeoutMs }) => {
      throwIfAborted(signal);
      const scripted = probes.get(url) ?? refused(url);
      if (scripted instanceof NetworkError) throw scripted;
      if (typeof scripted !== "function") return scripted;
      const over = new AbortController();
      const timeout = started(clock.sleep(timeoutMs, over.signal).then(() => timedOut(url)));
      try {
        const answer = await abortable(Promise.race([scripted(), timeout]), signal);
        if (answer instanceof NetworkError) throw answer;
        return answer;
      } finally {
        over.abort();
      }
    },
  };
}

function isAddress(hostname: string): boolean {
  return /^[0-9.]+$/.test(hostname) || hostname.includes(":");
}

function timedOut(url: string): NetworkError {
  return new NetworkError("timed-out", `Get "${new URL(url).href}": context deadline exceeded`);
}

function refused(url: string): NetworkError {
  const target = new URL(url);
  const host = `${target.hostname}:${portOf(target)}`;
  return new NetworkError("refused", `Get "${target.href}": dial tcp ${host}: connect: connection refused`);
}
