import { type VerificationFailure, verificationFailure } from "../pki/tls-verification.ts";
import { TransportError, type TransportErrorCode } from "./transport.ts";

/** The class and the message of each low-level error code; the messages are Go's, which operators search for. */
const kinds: Readonly<Record<string, readonly [TransportErrorCode, string]>> = {
  ECONNREFUSED: ["refused", "connect: connection refused"],
  EHOSTUNREACH: ["unreachable", "connect: no route to host"],
  ENETUNREACH: ["unreachable", "connect: network is unreachable"],
  EADDRNOTAVAIL: ["unreachable", "connect: cannot assign requested address"],
  ETIMEDOUT: ["timed-out", "connect: connection timed out"],
  ENOTFOUND: ["host-not-found", "no such host"],
  EAI_AGAIN: ["host-not-found", "temporary failure in name resolution"],
  ECONNRESET: ["reset", "read: connection reset by peer"],
  ERR_SOCKET_CLOSED: ["reset", "read: connection reset by peer"],
  EPIPE: ["reset", "write: broken pipe"],
  ECONNABORTED: ["reset", "EOF"],
  ERR_STREAM_PREMATURE_CLOSE: ["reset", "unexpected EOF"],
  EPROTO: ["not-tls", "tls: first record does not look like a TLS handshake"],
  ERR_SSL_WRONG_VERSION_NUMBER: ["not-tls", "tls: first record does not look like a TLS handshake"],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ["not-tls", "tls: first record does not look like a TLS handshake"],
};

const verificationCodes: Readonly<Record<VerificationFailure, TransportErrorCode>> = {
  untrusted: "certificate-untrusted",
  expired: "certificate-expired",
  "wrong-name": "certificate-name-mismatch",
  unusable: "certificate-unusable",
};

/** A failed request in Go's words: `Get "https://…": dial tcp 192.0.2.10:6443: connect: connection refused`. */
export function transportError(method: string, url: string, error: unknown): TransportError {
  if (error instanceof TransportError) return error;
  const code = errorCode(error);
  const { host, hostname } = new URL(url);
  const [kind, text] = classify(code, error, hostname);
  const place = kind === "refused" || kind === "unreachable" ? `dial tcp ${host}: ` : "";
  const lookup = kind === "host-not-found" ? `dial tcp: lookup ${hostname}: ` : "";
  return new TransportError(kind, url, `${goMethod(method)} "${url}": ${place}${lookup}${text}`, error);
}

/** A request that was not begun: TLS accepts the client's certificate and key only if they are a pair. */
export function clientCertificateError(method: string, url: string, error: Error): TransportError {
  const isNoPem = /no[ _]start[ _]line/i.test(error.message);
  const reason = isNoPem ? "tls: failed to find any PEM data in certificate input" : `tls: ${error.message}`;
  return new TransportError("client-certificate-unusable", url, `${goMethod(method)} "${url}": ${reason}`, error);
}

export function timeoutError(method: string, url: string, what: "connecting" | "awaiting headers" | "reading body") {
  const text =
    what === "connecting"
      ? `dial tcp ${new URL(url).host}: i/o timeout`
      : `context deadline exceeded (Client.Timeout exceeded while ${what})`;
  return new TransportError("timed-out", url, `${goMethod(method)} "${url}": ${text}`);
}

/** Codes of the compiled program's runtime for an answer that is not HTTP, or that has more headers than it accepts. */
const malformedAnswers: ReadonlySet<string> = new Set([
  "Malformed_HTTP_Response",
  "InvalidHTTPResponse",
  "ResponseHeadersTooLarge",
  "InvalidHttpChunk",
]);

function classify(code: string, error: unknown, hostname: string): readonly [TransportErrorCode, string] {
  const known = kinds[code];
  const message = error instanceof Error ? error.message : String(error);
  const unverified = verificationFailure(code, message, hostname);
  if (unverified !== undefined) {
    return [verificationCodes[unverified.failure], `tls: failed to verify certificate: x509: ${unverified.text}`];
  }
  if (/alert[ _]handshake[ _]failure/i.test(message)) {
    return ["no-common-algorithm", "remote error: tls: handshake failure"];
  }
  if (known !== undefined) return known;
  if (code === "ERR_PROXY_TUNNEL") return ["proxy-failed", tunnelRefusal(message)];
  if (code.startsWith("HPE_") || malformedAnswers.has(code))
    return ["malformed-answer", `malformed HTTP response: ${message}`];
  if (/wrong version number|packet length too long|http request/i.test(message)) {
    return ["not-tls", "tls: first record does not look like a TLS handshake"];
  }
  if (/alert.{0,200}(certificate|unknown ca)/i.test(message))
    return ["client-certificate-rejected", `remote error: ${message}`];
  if (/socket hang up|closed unexpectedly|aborted/i.test(message)) return ["reset", "EOF"];
  return ["other", message];
}

/** The runtime's message names the proxy with its password; only the proxy's answer to CONNECT is repeated. */
function tunnelRefusal(message: string): string {
  const status = / HTTP\/1\.[01] (.*)$/m.exec(message)?.[1]?.trim();
  return `Proxy refused to open a tunnel${status === undefined ? "" : `: ${status}`}`;
}

function errorCode(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "";
}

/** `Get`, `Post`: as Go's url.Error names the operation. */
function goMethod(method: string): string {
  return method.charAt(0) + method.slice(1).toLowerCase();
}
