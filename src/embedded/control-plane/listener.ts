// The only file of the control plane that touches sockets.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { TLSSocket } from "node:tls";
import type { ApiRequest, ApiResponse } from "./apiserver/api.ts";
import type { ApiHandler } from "./apiserver/server.ts";
import { entityTooLarge } from "./apiserver/status.ts";
import { trackedConnections } from "./tracked-connections.ts";

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** The CA whose client certificates are requested; the authenticator verifies them. */
  readonly clientCaPem: string;
  readonly handle: () => ApiHandler;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Serves another certificate from the next connection on. */
  replaceCertificate(certificatePem: string, privateKeyPem: string): void;
  close(): Promise<void>;
}

export async function listen(options: ListenerOptions): Promise<Listener> {
  const stopped = new AbortController();
  const server = createServer({
    cert: options.certificatePem,
    key: options.privateKeyPem,
    ca: options.clientCaPem,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: "TLSv1.2",
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response, options.handle(), stopped.signal).catch(() => response.destroy());
  });
  const connections = trackedConnections(server);
  await bind(server, options);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the listener has no TCP address");
  return {
    host: options.host,
    port: address.port,
    replaceCertificate: (cert, key) => server.setSecureContext({ cert, key, ca: options.clientCaPem }),
    close: () => close(server, connections, stopped),
  };
}

/** `host:port`, IPv6 in brackets. */
export function endpointOf({ host, port }: Pick<Listener, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function bind(server: Server, { host, port }: ListenerOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, host, () => {
    server.off("error", reject);
    resolve();
  });
  return promise;
}

function close(server: Server, connections: { destroy(): void }, stopped: AbortController): Promise<void> {
  stopped.abort();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  connections.destroy();
  return promise;
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handle: ApiHandler,
  stopped: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  const signal = AbortSignal.any([gone.signal, stopped]);
  const response = await handle(apiRequest(incoming, signal));
  // If a request was refused before all of its body arrived, the rest is not read.
  if (!incoming.complete) hangUpAfter(incoming, outgoing);
  await deliver(response, outgoing, signal);
}

/** How long a client may take to read the answer to a request whose body is not read. */
const hangUpMs = 1_000;

function hangUpAfter(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.pause();
  outgoing.shouldKeepAlive = false;
  outgoing.once("finish", () => {
    incoming.socket.end();
    setTimeout(() => incoming.socket.destroy(), hangUpMs).unref();
  });
}

function apiRequest(incoming: IncomingMessage, signal: AbortSignal): ApiRequest {
  const url = new URL(incoming.url ?? "/", "https://server");
  const headers = Object.entries(incoming.headers).map(([name, value]): [string, string | undefined] => [
    name,
    Array.isArray(value) ? value.join(", ") : value,
  ]);
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(headers),
    readBody: (maxBytes) => readBody(incoming, maxBytes),
    clientCertificate: clientCertificate(incoming.socket),
    signal,
  };
}

async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  if (Number(incoming.headers["content-length"] ?? 0) > maxBytes) throw entityTooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let length = 0;
  // Not `for await`: ending it early would close the socket before the refusal is sent.
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  incoming.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > maxBytes) {
      incoming.pause();
      reject(entityTooLarge(maxBytes));
      return;
    }
    chunks.push(chunk);
  });
  incoming.once("end", () => resolve(Buffer.concat(chunks)));
  incoming.once("error", reject);
  incoming.once("close", () => reject(new Error("the client went away before the end of its request")));
  return promise;
}

function clientCertificate(socket: IncomingMessage["socket"]): Uint8Array | undefined {
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined;
}

async function deliver(response: ApiResponse, outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  const { status, headers, body, delivery } = response;
  if (delivery === "reset") {
    outgoing.socket?.destroy();
    return;
  }
  if (delivery === "never") return;
  if (typeof body === "string") {
    const bytes = Buffer.from(body);
    outgoing.writeHead(status, { ...headers, "content-length": bytes.length });
    if (delivery !== "truncated") {
      outgoing.end(bytes);
      return;
    }
    outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => outgoing.socket?.destroy());
    return;
  }
  outgoing.writeHead(status, headers);
  outgoing.flushHeaders();
  for await (const line of body) {
    if (signal.aborted) break;
    outgoing.write(line);
    if (delivery === "truncated") {
      outgoing.socket?.destroy();
      return;
    }
  }
  outgoing.end();
}
