import { foreignText } from "../errors/printable-text.ts";
import type { Secret } from "../errors/secret.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds from the start to the last byte of the answer. */
  readonly timeoutMs: number;
  /** For an answer that arrives in parts, such as a watch: the longest silence, in milliseconds. */
  readonly silenceMs?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lowercase. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body; throws TransportError if it is longer than `maxBytes` (32 MiB by default), detected while reading. */
  text(maxBytes?: number): Promise<string>;
  /** Complete lines of the body as they arrive, for watches; the limit of a body applies to each line. */
  lines(): AsyncIterable<string>;
}

/**
 * Sends one HTTPS request; rejects with TransportError, or with the signal's reason. Requests an answer without
 * encoding and refuses any other. Tests replace this function.
 */
export type Transport = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;

export interface TlsSettings {
  /** PEM bundle to verify the server with; undefined means the machine's own CAs. */
  readonly certificateAuthority?: string;
  /** Only the first, unpinned request for cluster-info is made without verification (its JWS is checked instead). */
  readonly insecureSkipVerify?: boolean;
  /** Name to verify instead of the URL's host. */
  readonly serverName?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: Secret;
  /** Proxy to go through, http:// or https://; undefined for none. */
  readonly proxy?: string;
}

export interface TransportConnection {
  readonly send: Transport;
  close(): void;
}

/** Makes a transport with its own connection pool. */
export type ConnectTransport = (tls: TlsSettings) => TransportConnection;

export type TransportErrorCode =
  | "refused"
  | "unreachable"
  | "host-not-found"
  | "timed-out"
  | "reset"
  | "not-tls"
  | "certificate-untrusted"
  | "certificate-expired"
  | "certificate-name-mismatch"
  /** Its chain violates a limit of its CAs, or it is not a server certificate, or has no names. */
  | "certificate-unusable"
  | "client-certificate-rejected"
  | "proxy-failed"
  | "malformed-answer"
  | "other";

/** A request that got no HTTP answer. */
export class TransportError extends Error {
  readonly code: TransportErrorCode;
  readonly url: string;

  constructor(code: TransportErrorCode, url: string, message: string, cause?: unknown) {
    super(foreignText(message), cause === undefined ? undefined : { cause });
    this.name = "TransportError";
    this.code = code;
    this.url = url;
  }
}
