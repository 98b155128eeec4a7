import { abortReason, throwIfAborted } from "../async/signal.ts";
import { type ByteSocket, heldListener, type SocketAddress, type Sockets } from "./sockets.ts";

/** The subset of https://bun.com/docs/api/tcp that this program uses. */
export interface BunSocket {
  /** The protocol that ALPN agreed on. */
  readonly alpnProtocol: string | false | null;
  /** The server's certificate, DER, after a handshake. */
  getPeerCertificate(): { readonly raw: Uint8Array };
  /** Returns how many bytes were accepted; offer the rest again after `drain`. */
  write(bytes: Uint8Array): number;
  terminate(): void;
}

export interface BunSocketHandlers {
  data(socket: BunSocket, bytes: Uint8Array): void;
  drain?(socket: BunSocket): void;
  close?(socket: BunSocket, error?: Error): void;
  error?(socket: BunSocket, error: Error): void;
  /** The end of a TLS handshake: `error` is why the server's certificate is not trusted, or why there is no session. */
  handshake?(socket: BunSocket, success: boolean, error: Error | null): void;
}

export interface BunTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** In wire format: each name follows a byte with its length. */
  readonly ALPNProtocols: string;
  readonly rejectUnauthorized: true;
}

interface BunRuntime {
  connect(
    options: ({ readonly unix: string } | { readonly hostname: string; readonly port: number }) & {
      readonly tls?: BunTls;
      readonly socket: BunSocketHandlers;
    },
  ): Promise<BunSocket>;
  listen(options: {
    readonly hostname: string;
    readonly port: number;
    readonly exclusive: boolean;
    readonly socket: BunSocketHandlers;
  }): { stop(closeActiveConnections: boolean): void };
}

declare const Bun: BunRuntime;

/** Sockets of the compiled binary's runtime, without node:net and its streams (docs/adr/0010). */
export const bunSockets: Sockets = { connect, canListen };

async function connect(address: SocketAddress, signal: AbortSignal): Promise<ByteSocket> {
  const stream = bunStream();
  return stream.over(await bunConnect(address, { socket: stream.handlers }, signal));
}

/** Opens a socket; rejects with the system's error, or with the signal's reason. */
export async function bunConnect(
  address: SocketAddress,
  options: { readonly tls?: BunTls; readonly socket: BunSocketHandlers },
  signal: AbortSignal,
): Promise<BunSocket> {
  throwIfAborted(signal);
  const place = "path" in address ? { unix: address.path } : { hostname: address.host, port: address.port };
  return unlessAborted(Bun.connect({ ...place, ...options }), signal);
}

/**
 * A stream of bytes under construction: the handlers that its socket must be opened with, and the stream over that
 * socket.
 */
export function bunStream(): {
  readonly handlers: Required<Pick<BunSocketHandlers, "data" | "drain" | "close" | "error">>;
  over(socket: BunSocket): ByteSocket;
} {
  const held = heldListener();
  const pending: Uint8Array[] = [];
  let destroyed = false;
  const flush = (socket: BunSocket) => {
    for (let first = pending[0]; first !== undefined && !destroyed; first = pending[0]) {
      const taken = Math.max(socket.write(first), 0);
      if (taken < first.length) {
        pending[0] = first.subarray(taken);
        return;
      }
      pending.shift();
    }
  };
  const close = (error?: Error) => {
    destroyed = true;
    held.onClose(error);
  };
  return {
    handlers: {
      data: (_socket, bytes) => held.onData(bytes),
      drain: flush,
      error: (_socket, error) => close(error),
      close: (_socket, error) => close(error),
    },
    over: (socket) => ({
      get destroyed() {
        return destroyed;
      },
      write: (bytes) => {
        pending.push(bytes);
        if (pending.length === 1) flush(socket);
      },
      listen: held.listen,
      destroy: () => {
        if (destroyed) return;
        destroyed = true;
        socket.terminate();
      },
    }),
  };
}

/** An attempt to connect cannot be canceled: if it succeeds after all, the connection is closed then. */
async function unlessAborted(opening: Promise<BunSocket>, signal: AbortSignal): Promise<BunSocket> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => {
    reject(abortReason(signal));
    opening.then(
      (socket) => socket.terminate(),
      () => undefined,
    );
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([opening, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** "::" includes IPv4; a kernel without IPv6 refuses it even if the port is not taken. */
async function canListen(port: number, address?: string): Promise<boolean> {
  if (address !== undefined) return listens(address, port) === undefined;
  const refusal = listens("::", port);
  if (refusal === undefined) return true;
  return refusal !== "EADDRINUSE" && refusal !== "EACCES" && listens("0.0.0.0", port) === undefined;
}

/** Returns the errno name of the refusal. */
function listens(hostname: string, port: number): string | undefined {
  try {
    Bun.listen({ hostname, port, exclusive: true, socket: { data: () => undefined } }).stop(true);
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "";
  }
}
