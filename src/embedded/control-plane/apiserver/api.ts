// The server's own view of HTTP: what a listener, or an in-process transport, hands to it and gets back.

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /**
   * Reads the body, at most once and only when it is asked for: who may not ask is refused without it. Throws 413 as soon as
   * there is more than the limit.
   */
  readonly readBody: (maxBytes: number) => Promise<Uint8Array>;
  /** DER of the client's certificate, where it showed one. */
  readonly clientCertificate?: Uint8Array | undefined;
  /** Aborted when the client goes away or the server stops. */
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
  /** Set by a fault: how the bytes go astray on their way to the client. */
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
