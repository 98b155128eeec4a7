// The server without a socket: the same requests and answers, by function calls.
import { X509Certificate } from "node:crypto";
import { type ConnectTransport, type HttpRequest, type HttpResponse, TransportError } from "../../cluster/transport.ts";
import type { ApiRequest, ApiResponse } from "./apiserver/api.ts";
import type { ApiHandler } from "./apiserver/server.ts";
import { entityTooLarge } from "./apiserver/status.ts";

/**
 * Connects to the server inside the process. A client that trusts another CA is refused as TLS would refuse it; names
 * and addresses of the URL are not checked, since they lead nowhere else.
 */
export function inProcessTransport(handle: () => ApiHandler, caCertificatePem: string): ConnectTransport {
  return (tls) => {
    const clientCertificate =
      tls.clientCertificate === undefined ? undefined : new X509Certificate(tls.clientCertificate).raw;
    const isTrusted =
      tls.insecureSkipVerify === true ||
      (tls.certificateAuthority !== undefined && containsCertificate(tls.certificateAuthority, caCertificatePem));
    return {
      send: async (request, signal) => {
        signal.throwIfAborted();
        if (!isTrusted) {
          throw new TransportError("certificate-untrusted", request.url, "certificate signed by unknown authority");
        }
        return exchange(handle(), request, clientCertificate, signal);
      },
      close: () => undefined,
    };
  };
}

function containsCertificate(bundle: string, certificatePem: string): boolean {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const { fingerprint256 } = new X509Certificate(certificatePem);
  return blocks.some((block) => new X509Certificate(block).fingerprint256 === fingerprint256);
}

async function exchange(
  handle: ApiHandler,
  request: HttpRequest,
  clientCertificate: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const url = new URL(request.url);
  const headers = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  const apiRequest: ApiRequest = {
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(headers),
    readBody: async (maxBytes) => {
      const body = new TextEncoder().encode(request.body ?? "");
      if (body.length > maxBytes) throw entityTooLarge(maxBytes);
      return body;
    },
    clientCertificate,
    signal,
  };
  const response = await handle(apiRequest);
  if (response.delivery === "reset") throw new TransportError("reset", request.url, "connection reset by peer");
  if (response.delivery === "never") return never(request, signal);
  return httpResponse(response, request.url);
}

/** What a client with a timeout sees if the server hangs. */
async function never(request: HttpRequest, signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timedOut = () => reject(new TransportError("timed-out", request.url, `no answer for ${request.timeoutMs} ms`));
  const timer = setTimeout(timedOut, request.timeoutMs);
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise.finally(() => clearTimeout(timer));
}

function httpResponse({ status, headers, body, delivery }: ApiResponse, url: string): HttpResponse {
  const cut = () => new TransportError("reset", url, "the connection was closed before the end of the answer");
  return {
    status,
    headers,
    text: async () => {
      if (delivery === "truncated") throw cut();
      return typeof body === "string" ? body : joined(body);
    },
    lines: async function* () {
      if (typeof body === "string") yield* body.split("\n").filter((line) => line !== "");
      else for await (const line of body) yield line.trimEnd();
      if (delivery === "truncated") throw cut();
    },
  };
}

async function joined(lines: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const line of lines) text += line;
  return text;
}
