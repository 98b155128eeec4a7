import { endpointOf } from "../addresses/url-address.ts";
import { throwIfAborted } from "../async/signal.ts";
import type { ByteSocket } from "../sockets/byte-socket.ts";
import { connectSocket } from "../sockets/local-sockets.ts";
import { type TlsIdentity, TlsRefusal, type TlsSockets } from "../sockets/tls-sockets.ts";
import type { GrpcTarget } from "./channel.ts";
import { GrpcError } from "./status.ts";

/** Resolves a socket of another root to its path on this machine; errors name the socket as the caller did. */
type Locate = <T>(socketPath: string, action: (hostPath: string) => Promise<T>) => Promise<T>;

/** A server on a unix socket: there is no TLS to negotiate the protocol, so HTTP/2 starts immediately. */
export function unixTarget(
  socketPath: string,
  { locate = (path, action) => action(path) }: { readonly locate?: Locate | undefined } = {},
): GrpcTarget {
  return {
    scheme: "http",
    // Go's servers refuse a socket's path here (grpc-go#2628); upstream's client sends the same value.
    authority: "localhost",
    dial: (signal) =>
      dialed(`unix ${socketPath}`, signal, () => locate(socketPath, (path) => connectSocket({ path }, signal))),
  };
}

/**
 * A server behind an `https://host:port` URL, verified by its host. Connecting ends after `dialTimeoutMs`, so that a
 * host that drops packets does not delay later calls.
 */
export function tlsTarget(
  url: string,
  options: { readonly sockets: TlsSockets; readonly identity: TlsIdentity; readonly dialTimeoutMs: number },
): GrpcTarget {
  const { sockets, identity, dialTimeoutMs } = options;
  const target = new URL(url);
  const address = endpointOf(target);
  return {
    scheme: "https",
    authority: target.host,
    dial: (signal) => {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(dialTimeoutMs)]);
      return dialed(`tcp ${target.host}`, signal, () =>
        sockets.connect(address, { ...identity, protocol: "h2" }, limited),
      );
    },
  };
}

/** Returns a failure to connect in the wording of Go's client. */
async function dialed(place: string, signal: AbortSignal, connect: () => Promise<ByteSocket>): Promise<ByteSocket> {
  try {
    return await connect();
  } catch (error) {
    throwIfAborted(signal);
    const description = `connection error: desc = "transport: ${reasonOf(error, place)}"`;
    throw new GrpcError("Unavailable", description, error);
  }
}

function reasonOf(error: unknown, place: string): string {
  if (error instanceof TlsRefusal) return `authentication handshake failed: ${error.message}`;
  // An adapter that resolves the socket itself already has the reason in words.
  const { code = "", name, message, reason = message } = error as NodeJS.ErrnoException & { readonly reason?: string };
  return `Error while dialing: dial ${place}: connect: ${dialReasons[code] ?? dialReasons[name] ?? reason}`;
}

const dialReasons: Readonly<Record<string, string>> = {
  TimeoutError: "i/o timeout",
  ENOENT: "no such file or directory",
  ECONNREFUSED: "connection refused",
  EACCES: "permission denied",
  ENOTDIR: "not a directory",
  EINVAL: "invalid argument",
  EAGAIN: "resource temporarily unavailable",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "connection timed out",
  ECONNRESET: "connection reset by peer",
};
