import { isIp } from "../addresses/ip-address.ts";
import { abortReason, throwIfAborted } from "../async/signal.ts";
import { textLines, wholeText } from "./text-lines.ts";
import {
  type HttpRequest,
  type HttpResponse,
  type TlsSettings,
  type TransportConnection,
  TransportError,
} from "./transport.ts";
import { timeoutError, transportError } from "./transport-error.ts";

/** Bytes of an answer that are kept; a Kubernetes object is at most 1.5 MiB in etcd. */
const maxBodyBytes = 32 * 1024 * 1024;

/** What Bun's fetch takes beyond the standard (https://bun.com/docs/api/fetch). */
interface BunRequestInit extends RequestInit {
  readonly tls: {
    readonly rejectUnauthorized: boolean;
    readonly ca?: string;
    readonly serverName?: string;
    readonly cert?: string;
    readonly key?: string;
    /** Instead of the runtime's own comparison with the host; nothing is sent before it has returned undefined. */
    readonly checkServerIdentity?: (host: string, certificate: { readonly raw: Uint8Array }) => Error | undefined;
  };
  /** False: a direct connection. Without the option the runtime takes HTTPS_PROXY from the environment. */
  readonly proxy: string | false;
  readonly verbose: boolean;
}

/**
 * HTTPS by the fetch of the compiled binary's runtime: the same behaviour as https-node.ts for 12 MB less memory, since
 * node:https and what it needs are not loaded (docs/adr/0007). The runtime pools connections by their TLS settings. It
 * would also follow HTTPS_PROXY by rules that are not Go's (it proxies loopback and knows no CIDR blocks in NO_PROXY), so
 * every request says which proxy to take, or that there is none.
 */
export function connectHttpsByFetch(tls: TlsSettings): TransportConnection {
  const closing = new AbortController();
  const settings: Pick<BunRequestInit, "tls" | "proxy"> = {
    tls: {
      rejectUnauthorized: tls.insecureSkipVerify !== true,
      ...(tls.certificateAuthority === undefined ? {} : { ca: tls.certificateAuthority }),
      ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
      ...(tls.clientCertificate === undefined ? {} : { cert: tls.clientCertificate }),
      ...(tls.clientKey === undefined ? {} : { key: tls.clientKey.reveal() }),
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
 * Where a name is asked, and not an address, the runtime would take the certificate's common name for it. The price of our own
 * comparison is that each such request has a connection of its own.
 */
async function identityCheck(
  url: string,
  { serverName, insecureSkipVerify }: TlsSettings,
): Promise<Pick<BunRequestInit["tls"], "checkServerIdentity">> {
  const { protocol, hostname } = new URL(url);
  const host = serverName ?? hostname.replace(/^\[|\]$/g, "");
  if (protocol !== "https:" || insecureSkipVerify === true || isIp(host)) return {};
  const { identityProblem } = await import("../pki/server-identity.ts");
  return { checkServerIdentity: (_host, { raw }) => identityProblem(host, raw) };
}

async function send(
  request: HttpRequest,
  settings: Pick<BunRequestInit, "tls" | "proxy">,
  signal: AbortSignal,
): Promise<HttpResponse> {
  throwIfAborted(signal);
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), request.timeoutMs);
  const init: BunRequestInit = {
    ...settings,
    method: request.method,
    headers: { ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
    redirect: "manual",
    // BUN_CONFIG_VERBOSE_FETCH would have the runtime print requests with their bearer tokens.
    verbose: false,
    signal: AbortSignal.any([signal, silence.signal]),
  };
  try {
    const response = await fetch(request.url, init);
    return answer(request, response, { signal, silence, timer });
  } catch (error) {
    clearTimeout(timer);
    if (signal.aborted) throw abortReason(signal);
    if (silence.signal.aborted) throw timeoutError(request.method, request.url, "awaiting headers");
    throw transportError(request.method, request.url, error);
  }
}

interface Reading {
  readonly signal: AbortSignal;
  readonly silence: AbortController;
  readonly timer: ReturnType<typeof setTimeout>;
}

function answer(request: HttpRequest, response: Response, reading: Reading): HttpResponse {
  const chunks = () => bodyChunks(request, response, reading);
  if (response.body === null) clearTimeout(reading.timer);
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text: () =>
      wholeText(chunks(), {
        maxBytes: maxBodyBytes,
        onTooLong: () =>
          new TransportError("malformed-answer", request.url, `the answer of ${request.url} is too long`),
      }),
    lines: () => textLines(chunks()),
  };
}

async function* bodyChunks(request: HttpRequest, response: Response, reading: Reading): AsyncGenerator<Uint8Array> {
  let { timer } = reading;
  try {
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      yield chunk;
      timer = setTimeout(() => reading.silence.abort(), request.timeoutMs);
    }
  } catch (error) {
    if (reading.signal.aborted) throw abortReason(reading.signal);
    if (reading.silence.signal.aborted) throw timeoutError(request.method, request.url, "reading body");
    throw transportError(request.method, request.url, error);
  } finally {
    clearTimeout(timer);
  }
}
