import { createServer, connect as netConnect, type Socket } from "node:net";
import { abortReason, throwIfAborted } from "../async/signal.ts";
import { defined } from "../values/defined.ts";
import { type ByteSocket, heldListener, type SocketAddress } from "./byte-socket.ts";

/** Rejects with the system's error, which carries an errno name as `code`, or with the signal's reason. */
export async function connectSocket(address: SocketAddress, signal: AbortSignal): Promise<ByteSocket> {
  throwIfAborted(signal);
  return connected(netConnect("path" in address ? { path: address.path } : address), { event: "connect", signal });
}

/** Returns a socket of node:net or node:tls that is connecting, once the event with that name has arrived. */
export async function connected(
  socket: Socket,
  { event, signal }: { readonly event: "connect" | "secureConnect"; readonly signal: AbortSignal },
): Promise<ByteSocket> {
  const held = heldListener();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(abortReason(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  let failure: Error | undefined;
  socket.once(event, () => resolve());
  socket.on("data", (bytes: Uint8Array) => held.onData(bytes));
  socket.on("error", (error) => {
    failure = error;
    reject(error);
  });
  socket.on("close", () => {
    reject(failure ?? new Error("the connection was closed"));
    held.onClose(failure);
  });
  try {
    await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  return {
    get destroyed() {
      return socket.destroyed;
    },
    write: (bytes) => {
      socket.write(bytes);
    },
    listen: held.listen,
    destroy: () => {
      socket.destroy();
    },
  };
}

/** Reports whether a listener could be opened on the TCP port: on this address, or on all of them. */
export async function canListen(port: number, address?: string): Promise<boolean> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  server.once("error", () => resolve(false));
  server.listen({ port, exclusive: true, ...defined({ host: address }) }, () => {
    server.close(() => resolve(true));
  });
  return promise;
}
