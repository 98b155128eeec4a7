import { type ClientRequest, request as httpRequest, type IncomingMessage, Agent as PlainAgent } from "node:http";
import { Agent, type AgentOptions, request as httpsRequest, type RequestOptions } from "node:https";
import { isIp } from "../addresses/ip-address.ts";
import { type Endpoint, endpointOf } from "../addresses/url-address.ts";
import { abortReason, throwIfAborted } from "../async/signal.ts";
import { identityProblem } from "../pki/server-identity.ts";
import { offeredSignatures } from "../sockets/signature-algorithms.ts";
import { defined } from "../values/defined.ts";
import {
  encodingProblem,
  maxBodyBytes,
  plainEncoding,
  type RequestTimers,
  requestTimers,
  sizeLimit,
} from "./request-limits.ts";
import { textLines, wholeText } from "./text-lines.ts";
import {
  type ConnectTransport,
  type HttpRequest,
  type HttpResponse,
  type TlsSettings,
  type TransportConnection,
  TransportError,
} from "./transport.ts";
import { clientCertificateError, timeoutError, transportError } from "./transport-error.ts";

/** Milliseconds for TCP and TLS together; upstream's dialer allows 30 s, but its request limit of 10 s ends it first. */
const connectTimeoutMs = 10_000;

/**
 * HTTPS by node:https, in both runtimes. Every request demands verification: neither NODE_TLS_REJECT_UNAUTHORIZED nor
 * NODE_EXTRA_CA_CERTS changes which servers a cluster CA verifies.
 */
export const connectHttps: ConnectTransport = (tls) => connection(tls, (endpoint) => endpoint);

/**
 * The same for a server that is reached through another endpoint than its own; its own host is still the one that is
 * verified.
 */
export function connectHttpsBy(carried: (endpoint: Endpoint) => Endpoint): ConnectTransport {
  return (tls) => connection(tls, carried);
}

function connection(tls: TlsSettings, carried: (endpoint: Endpoint) => Endpoint): TransportConnection {
  const agentFor = agents(tls);
  const options = tlsOptions(tls);
  // An external etcd may serve its version without TLS; nothing else is requested that way.
  const plain = new PlainAgent({ keepAlive: true });
  return {
    send: (request, signal) => {
      const endpoint = endpointOf(new URL(request.url));
      const isPlain = request.url.startsWith("http:");
      const own = { ...carried(endpoint), agent: isPlain ? plain : agentFor.host(endpoint.host) };
      // Through a proxy, what is slow may be the proxy or the server: only the request as a whole has a limit.
      const connectMs = tls.proxy === undefined ? connectTimeoutMs : Number.POSITIVE_INFINITY;
      return send(request, isPlain ? own : { ...options, ...own }, { signal, connectMs });
    },
    close: () => {
      agentFor.close();
      plain.destroy();
    },
  };
}

/**
 * One agent for each host: an agent does not reuse a connection whose certificate was checked for a different request.
 */
function agents({ proxy, serverName }: TlsSettings): { host(host: string): Agent; close(): void } {
  const known = new Map<string, Agent>();
  return {
    host: (host) => {
      const settings: AgentOptions = {
        keepAlive: true,
        maxSockets: 8,
        scheduling: "lifo",
        checkServerIdentity: (_address, { raw }) => identityProblem(serverName ?? host, raw),
        // Without this option the agent ignores the environment; with it, the agent reads only this object.
        ...(proxy === undefined ? {} : { proxyEnv: { HTTPS_PROXY: proxy, NO_PROXY: "" } }),
      };
      const agent = known.get(host) ?? new Agent(settings);
      known.set(host, agent);
      return agent;
    },
    close: () => {
      for (const agent of known.values()) agent.destroy();
    },
  };
}

export function tlsOptions(tls: TlsSettings): RequestOptions {
  return {
    rejectUnauthorized: tls.insecureSkipVerify !== true,
    minVersion: "TLSv1.2",
    ...offeredSignatures,
    ...defined({
      ca: tls.certificateAuthority,
      // An address is verified, but never sent as a name (RFC 6066, section 3).
      servername: tls.serverName !== undefined && isIp(tls.serverName) ? "" : tls.serverName,
      cert: tls.clientCertificate,
      key: tls.clientKey?.reveal(),
    }),
  };
}

/** TLS reads the client's certificate and key before it connects, and throws what is wrong with them. */
function begin({ method, url }: HttpRequest, isPlain: boolean, options: RequestOptions): ClientRequest {
  try {
    return (isPlain ? httpRequest : httpsRequest)(options);
  } catch (error) {
    if (options.cert === undefined || !(error instanceof Error)) throw error;
    throw clientCertificateError(method, url, error);
  }
}

async function send(
  request: HttpRequest,
  options: RequestOptions,
  { signal, connectMs }: { readonly signal: AbortSignal; readonly connectMs: number },
): Promise<HttpResponse> {
  throwIfAborted(signal);
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
  const url = new URL(request.url);
  const body = request.body === undefined ? undefined : Buffer.from(request.body);
  const isPlain = url.protocol === "http:";
  const outgoing = begin(request, isPlain, {
    ...options,
    path: url.pathname + url.search,
    method: request.method,
    // Of the tunnel alone: it closes the connection to a proxy that does not respond.
    timeout: request.timeoutMs,
    headers: {
      ...plainEncoding,
      ...request.headers,
      ...(body === undefined ? {} : { "content-length": String(body.length) }),
    },
  });
  // A request that waits for the tunnel of a proxy has no socket yet whose end it could report.
  const fail = (error: Error) => {
    outgoing.destroy(error);
    ended(error);
  };
  const onAbort = () => fail(abortReason(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  const stopListening = () => signal.removeEventListener("abort", onAbort);

  let connected = false;
  outgoing.on("socket", (socket) => {
    connected = !socket.connecting;
    // A pooled socket is already connected, and would accumulate a listener for every request.
    if (socket.connecting) socket.once(isPlain ? "connect" : "secureConnect", () => (connected = true));
  });
  const connecting =
    connectMs < Number.POSITIVE_INFINITY
      ? setTimeout(
          () => {
            if (!connected) fail(timeoutError(request.method, request.url, "connecting"));
          },
          Math.min(connectMs, request.timeoutMs),
        )
      : undefined;
  let arrived: IncomingMessage | undefined;
  const timers = requestTimers(request, () => {
    if (arrived === undefined) fail(timeoutError(request.method, request.url, "awaiting headers"));
    else arrived.destroy(timeoutError(request.method, request.url, "reading body"));
  });
  const stopTimers = () => {
    clearTimeout(connecting);
    timers.stop();
  };

  const ended = (error: Error) => {
    stopTimers();
    stopListening();
    reject(signal.aborted ? abortReason(signal) : transportError(request.method, request.url, error));
  };
  outgoing.on("error", ended);
  outgoing.on("response", (incoming) => {
    clearTimeout(connecting);
    timers.received();
    arrived = incoming;
    // The reader of the body receives the error; a body that nobody reads must not end the program.
    incoming.on("error", () => undefined);
    incoming.once("close", () => {
      stopTimers();
      stopListening();
    });
    const headers = headersOf(incoming);
    const problem = encodingProblem(request.url, headers);
    if (problem === undefined) return resolve(answer(incoming, headers, { request, signal, timers }));
    incoming.destroy();
    reject(problem);
  });
  outgoing.end(body);
  return promise;
}

function headersOf(incoming: IncomingMessage): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return headers;
}

interface Reading {
  readonly request: HttpRequest;
  readonly signal: AbortSignal;
  readonly timers: RequestTimers;
}

function answer(incoming: IncomingMessage, headers: Readonly<Record<string, string>>, reading: Reading): HttpResponse {
  const { url } = reading.request;
  const chunks = () => bodyChunks(incoming, reading);
  return {
    status: incoming.statusCode ?? 0,
    headers,
    text: (maxBytes = maxBodyBytes) => wholeText(chunks(), sizeLimit(url, maxBytes)),
    lines: () => textLines(chunks(), sizeLimit(url, maxBodyBytes)),
  };
}

async function* bodyChunks(incoming: IncomingMessage, { request, signal, timers }: Reading) {
  try {
    for await (const chunk of incoming) {
      timers.received();
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw signal.aborted ? abortReason(signal) : transportError(request.method, request.url, error);
  }
  if (!incoming.complete) {
    throw new TransportError("reset", request.url, `the response from ${request.url} is cut off: unexpected EOF`);
  }
}
