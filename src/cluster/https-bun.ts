import { isIp } from "../addresses/ip-address.ts";
import { hostOf } from "../addresses/url-address.ts";
import { abortReason, throwIfAborted } from "../async/signal.ts";
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
  type HttpRequest,
  type HttpResponse,
  type TlsSettings,
  type TransportConnection,
  TransportError,
} from "./transport.ts";
import { timeoutError, transportError } from "./transport-error.ts";

/** The options that Bun's fetch accepts in addition to the standard ones (https://bun.com/docs/api/fetch). */
interface BunRequestInit extends RequestInit {
  readonly tls: {
    readonly rejectUnauthorized: boolean;
    readonly ca?: string;
    readonly serverName?: string;
    readonly cert?: string;
    readonly key?: string;
    /** Replaces the runtime's own comparison with the host; nothing is sent before it has returned undefined. */
    readonly checkServerIdentity?: (host: string, certificate: { readonly raw: Uint8Array }) => Error | undefined;
  };
  /** False: a direct connection. Without the option the runtime takes HTTPS_PROXY from the environment. */
  readonly proxy: string | false;
  readonly decompress: boolean;
  readonly verbose: boolean;
}

/**
 * HTTPS by the fetch of the compiled binary's runtime: the same behavior as https-node.ts for 12 MB less memory, since
 * node:https and what it needs are not loaded (docs/adr/0007). The runtime pools connections by their TLS settings. It
 * would also follow HTTPS_PROXY by rules that are not Go's (it proxies loopback and knows no CIDR blocks in NO_PROXY), so
 * every request says which proxy to take, or that there is none.
 */
export function connectHttpsByFetch(tls: TlsSettings): TransportConnection {
  const closing = new AbortController();
  const settings: Pick<BunRequestInit, "tls" | "proxy"> = {
    tls: {
      rejectUnauthorized: tls.insecureSkipVerify !== true,
      ...defined({
        ca: tls.certificateAuthority,
        serverName: tls.serverName,
        cert: tls.clientCertificate,
        key: tls.clientKey?.reveal(),
      }),
    },
    proxy: tls.proxy ?? false,
  };
  return {
    send: async (request, signal) =>
      send(
        request,
        { ...settings, tls: { ...settings.tls, ...(await identityCheck(request.url, tls)) } },
        AbortSignal.any([signal, closing.signal]),
      ),
    close: () => closing.abort(),
  };
}

/**
 * For a name, unlike an address, the runtime would accept the certificate's common name. The cost of our own comparison
 * is that each such request has its own connection.
 */
async function identityCheck(
  url: string,
  { serverName, insecureSkipVerify }: TlsSettings,
): Promise<Pick<BunRequestInit["tls"], "checkServerIdentity">> {
  const target = new URL(url);
  const host = serverName ?? hostOf(target);
  if (target.protocol !== "https:" || insecureSkipVerify === true || isIp(host)) return {};
  const { identityProblem } = await import("../pki/server-identity.ts");
  return { checkServerIdentity: (_host, { raw }) => identityProblem(host, raw) };
}

async function send(
  request: HttpRequest,
  settings: Pick<BunRequestInit, "tls" | "proxy">,
  signal: AbortSignal,
): Promise<HttpResponse> {
  throwIfAborted(signal);
  const expiry = new AbortController();
  const timers = requestTimers(request, () => expiry.abort());
  const init: BunRequestInit = {
    ...settings,
    method: request.method,
    headers: { ...plainEncoding, ...request.headers },
    ...defined({ body: request.body }),
    redirect: "manual",
    decompress: false,
    // With BUN_CONFIG_VERBOSE_FETCH the runtime would print requests including their bearer tokens.
    verbose: false,
    signal: AbortSignal.any([signal, expiry.signal]),
  };
  try {
    const response = await fetch(request.url, init);
    timers.received();
    return answer(request, response, { signal, expiry, timers });
  } catch (error) {
    timers.stop();
    if (error instanceof TransportError) throw error;
    if (signal.aborted) throw abortReason(signal);
    if (expiry.signal.aborted) throw timeoutError(request.method, request.url, "awaiting headers");
    throw transportError(request.method, request.url, error);
  }
}

interface Reading {
  readonly signal: AbortSignal;
  readonly expiry: AbortController;
  readonly timers: RequestTimers;
}

function answer(request: HttpRequest, response: Response, reading: Reading): HttpResponse {
  const headers = Object.fromEntries(response.headers);
  const problem = encodingProblem(request.url, headers);
  if (problem !== undefined) {
    // Ends the connection: the answer is not read.
    reading.expiry.abort();
    throw problem;
  }
  if (response.body === null) reading.timers.stop();
  const chunks = () => bodyChunks(request, response, reading);
  return {
    status: response.status,
    headers,
    text: (maxBytes = maxBodyBytes) => wholeText(chunks(), sizeLimit(request.url, maxBytes)),
    lines: () => textLines(chunks(), sizeLimit(request.url, maxBodyBytes)),
  };
}

async function* bodyChunks(request: HttpRequest, response: Response, reading: Reading): AsyncGenerator<Uint8Array> {
  const { signal, expiry, timers } = reading;
  try {
    for await (const chunk of response.body ?? []) {
      timers.received();
      yield chunk;
    }
  } catch (error) {
    if (signal.aborted) throw abortReason(signal);
    if (expiry.signal.aborted) throw timeoutError(request.method, request.url, "reading body");
    throw transportError(request.method, request.url, error);
  } finally {
    timers.stop();
  }
}
