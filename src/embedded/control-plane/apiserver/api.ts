// The server's view of HTTP: what a listener, or an in-process transport, passes to it and receives.

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lowercase. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /**
   * Reads the body, at most once and only on demand: an unauthorized request is refused without reading it. Throws 413
   * as soon as the body is longer than the limit.
   */
  readonly readBody: (maxBytes: number) => Promise<Uint8Array>;
  /** DER of the client's certificate, if it presented one. */
  readonly clientCertificate?: Uint8Array | undefined;
  /** Aborts when the client disconnects or the server stops. */
  readonly signal: AbortSignal;
}

/** A request whose body has been read. */
export interface ReadRequest extends ApiRequest {
  readonly body: Uint8Array;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A watch is an endless sequence of lines; everything else is one text. */
  readonly body: string | AsyncIterable<string>;
  /** Set by a fault: how the bytes are damaged on their way to the client. */
  readonly delivery?: "reset" | "truncated" | "never";
}

export function jsonResponse(status: number, body: unknown, contentType = "application/json"): ApiResponse {
  return { status, headers: { "content-type": contentType }, body: `${JSON.stringify(body)}\n` };
}

export function textResponse(status: number, body: string): ApiResponse {
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
    body,
  };
}
