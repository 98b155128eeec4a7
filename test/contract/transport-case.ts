import assert from "node:assert/strict";
import { type ConnectTransport, type HttpRequest, TransportError } from "../../src/cluster/transport.ts";
import type { MlDsaIdentity } from "../fixtures/pki/ml-dsa-identities.ts";

/** Addresses and certificates of the servers that transport.fixture.ts runs. */
export interface TransportFixture {
  /**
   * HTTPS, certificate for 127.0.0.1 and localhost: paths /echo, /slow, /trickle,
   * /trickle-lines, /endless, /encoded?NAME, /truncated, /lines, /redirect.
   */
  readonly https: string;
  /** The same server by an address that its certificate does not name. */
  readonly wrongName: string;
  /** HTTPS with a certificate that has expired. */
  readonly expired: string;
  /** The first server by its name, which its certificate has. */
  readonly named: string;
  /** HTTPS by its name, which is only the common name of its certificate. */
  readonly commonNameOnly: string;
  /** HTTPS with chains that lead to their own CAs in a way that does not count; each with words of the reason. */
  readonly badChains: readonly { readonly name: string; readonly url: string; readonly certificateAuthority: string }[];
  /** HTTPS that wants a client certificate of the same CA. */
  readonly mutual: string;
  /** HTTPS with a certificate of each ML-DSA, which wants one of the client too. */
  readonly mlDsa: readonly (MlDsaIdentity & { readonly url: string })[];
  /** HTTPS that takes no algorithm that fits its key. */
  readonly nothingInCommon: string;
  readonly plainHttp: string;
  readonly resetting: string;
  readonly silent: string;
  /** HTTPS whose answers begin byte by byte and never come to their body. */
  readonly trickledHead: string;
  /** HTTPS that sends without end what the path names: headers, one header, garbage. */
  readonly floods: string;
  /** Begins a TLS record and stops. */
  readonly stalledTls: string;
  readonly refused: string;
  readonly certificateAuthority: string;
  readonly otherAuthority: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  /** An HTTP proxy that only knows CONNECT, and how often it was used so far is at /count by plain GET. */
  readonly proxy: string;
}

export interface TransportCase {
  readonly name: string;
  run(connect: ConnectTransport, fixture: TransportFixture): Promise<void>;
}

export const never = new AbortController().signal;

export function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: "GET", url, timeoutMs: 5_000, ...more };
}

export async function failureOf(promise: Promise<unknown>): Promise<TransportError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof TransportError, `rejected with ${String(error)} and not with a TransportError`);
    return error;
  }
  assert.fail("the request succeeded");
}
