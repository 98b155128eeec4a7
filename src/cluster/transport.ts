import type { Secret } from "../errors/secret.ts";
import { RequestError } from "./request-error.ts";

/** A request to a server. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds from the start to the last byte of the answer. */
  readonly timeoutMs: number;
  /** For an answer that arrives in parts, such as a watch: the maximum milliseconds between two parts. */
  readonly idleTimeoutMs?: number;
}

/** The answer of a server, whatever its status. */
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
 * Sends one HTTPS request. Throws TransportError if there is no complete answer, or the signal's reason. Requests an
 * unencoded answer and refuses any other. Tests replace this function.
 */
export type Transport = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;

/** How a transport verifies servers, identifies itself, and reaches them. */
export interface TlsSettings {
  /** PEM bundle to verify the server with; the machine's own CAs if undefined. */
  readonly certificateAuthority?: string;
  /** Only the first, unpinned request for cluster-info is made without verification (its JWS is checked instead). */
  readonly insecureSkipVerify?: boolean;
  /** Name to verify instead of the URL's host. */
  readonly serverName?: string;
  /** PEM, the leaf first. */
  readonly clientCertificate?: string;
  /** PEM. */
  readonly clientKey?: Secret;
  /** Proxy to go through, http:// or https://; undefined for none. */
  readonly proxy?: string;
}

/** A transport and its connections. */
export interface TransportConnection {
  readonly send: Transport;
  /** Closes the connections. */
  close(): void;
}

/** Returns a transport with its own connection pool. Connects when the first request is sent. */
export type ConnectTransport = (tls: TlsSettings) => TransportConnection;

/** What failed in a request without a valid HTTP answer. */
export type TransportErrorCode =
  | "refused"
  | "unreachable"
  | "host-not-found"
  | "timed-out"
  | "reset"
  | "not-tls"
  /** The server found no algorithm among those that were offered: for keys, signatures or encryption. */
  | "no-common-algorithm"
  | "certificate-untrusted"
  | "certificate-expired"
  | "certificate-name-mismatch"
  /** Its chain violates a limit of its CAs, or it is not a server certificate, or has no names. */
  | "certificate-unusable"
  | "client-certificate-rejected"
  /** The client certificate or its key is none, or they do not belong together: nothing was sent. */
  | "client-certificate-unusable"
  | "proxy-failed"
  | "malformed-answer"
  | "other";

/** A request without a valid HTTP answer. `message` is worded as Go's net/http does. */
export class TransportError extends RequestError {
  /** What failed, independent of the wording. */
  readonly code: TransportErrorCode;
  /** URL of the request. */
  readonly url: string;

  constructor(code: TransportErrorCode, url: string, message: string, cause?: unknown) {
    super("TransportError", message, cause);
    this.code = code;
    this.url = url;
  }
}
