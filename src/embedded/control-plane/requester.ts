import type { HttpRequest, TlsSettings } from "../../cluster/transport.ts";
import { Secret } from "../../errors/secret.ts";
import { type Fields, isFields } from "./apiserver/objects.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Credential } from "./identities.ts";

/** The answer to a request. */
export interface Answer {
  /** HTTP status code. */
  readonly status: number;
  /** Names in lowercase. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as a JSON object; empty if it is not one. */
  readonly body: Fields;
  /** The body as text. */
  readonly text: string;
}

/** A client of a control plane. Both methods throw TransportError if the server does not respond. */
export interface Requester {
  /** Sends a request to a path of the server. A body that is not a string is sent as JSON. */
  send(
    method: HttpRequest["method"],
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** Yields the events of a watch until the signal aborts or the server ends it. */
  watch(path: string, signal: AbortSignal): AsyncGenerator<Fields>;
}

/** Identity of a client: anonymous, a bearer token, or a client certificate. */
export type RequesterIdentity = "anonymous" | { readonly token: string } | Credential;

/** Returns a client that sends requests to a control plane without a socket, for tests and examples. */
export function requester(controlPlane: ControlPlane, identity: RequesterIdentity = "anonymous"): Requester {
  const tls: TlsSettings = {
    certificateAuthority: controlPlane.caCertificatePem,
    ...(identity !== "anonymous" && "certificatePem" in identity
      ? { clientCertificate: identity.certificatePem, clientKey: new Secret(identity.privateKeyPem) }
      : {}),
  };
  const authorization: Record<string, string> =
    identity !== "anonymous" && "token" in identity ? { authorization: `Bearer ${identity.token}` } : {};
  const connection = controlPlane.connectInProcess(tls);
  const request = (
    method: HttpRequest["method"],
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ) => ({
    method,
    url: `${controlPlane.url}${path}`,
    headers: { ...authorization, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    timeoutMs: 10_000,
  });
  return {
    send: async (method, path, body, headers = {}) => {
      const response = await connection.send(request(method, path, body, headers), new AbortController().signal);
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: jsonObject(text), text };
    },
    watch: async function* (path, signal) {
      const response = await connection.send(request("GET", path, undefined, {}), signal);
      for await (const line of response.lines()) yield jsonObject(line);
    },
  };
}

function jsonObject(text: string): Fields {
  if (!text.startsWith("{")) return {};
  const value: unknown = JSON.parse(text);
  return isFields(value) ? value : {};
}
