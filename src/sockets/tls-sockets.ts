import type { Secret } from "../errors/secret.ts";
import { type VerificationFailure, verificationFailure } from "../pki/tls-verification.ts";
import type { ByteSocket } from "./byte-socket.ts";

/** The client's identity and the authorities that it trusts; all fields are PEM. */
export interface TlsIdentity {
  /** The only trusted authorities: neither the machine's nor the runtime's are used. */
  readonly certificateAuthority: string;
  readonly clientCertificate: string;
  readonly clientKey: Secret;
}

export interface TlsConnect extends TlsIdentity {
  /** The only protocol that is offered, which the server has to select (ALPN). */
  readonly protocol: "h2";
}

/** Sockets with mutual TLS. */
export interface TlsSockets {
  /**
   * Resolves after the handshake: the server's certificate chains to the authority and is valid for the address's host.
   * Rejects with TlsRefusal where it is not, with the system's error, which carries an errno name as `code`, or with the
   * signal's reason. With TLS 1.3 a server that refuses our certificate says so after the handshake: the socket is
   * closed then, with a TlsRefusal where the server gave a reason.
   */
  connect(
    address: { readonly host: string; readonly port: number },
    tls: TlsConnect,
    signal: AbortSignal,
  ): Promise<ByteSocket>;
}

/**
 * What is wrong with the server's certificate, or "refused": the server rejects our certificate; "not-tls": no TLS at
 * all, or none with the protocol.
 */
export type TlsRefusalCode = VerificationFailure | "refused" | "not-tls";

/** Why there is no TLS session, in the wording of Go's crypto/tls. */
export class TlsRefusal extends Error {
  readonly code: TlsRefusalCode;

  constructor(code: TlsRefusalCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "TlsRefusal";
    this.code = code;
  }
}

/**
 * Returns what OpenSSL or BoringSSL reports about a failed session, through either runtime; undefined if it is not a
 * TLS failure.
 */
export function tlsRefusal(error: Error, host: string): TlsRefusal | undefined {
  const { code = "" } = error as NodeJS.ErrnoException;
  const unverified = verificationFailure(code, error.message, host);
  if (unverified !== undefined) {
    return new TlsRefusal(unverified.failure, `tls: failed to verify certificate: x509: ${unverified.text}`, error);
  }
  if (/no.application.protocol/i.test(error.message)) {
    return new TlsRefusal("not-tls", "remote error: tls: no application protocol", error);
  }
  const alert = /alert[ _](?:number )?([a-z_ ]+)/i.exec(error.message)?.[1];
  if (alert !== undefined && /certificate|unknown.ca|access.denied|handshake.failure/i.test(alert)) {
    const text = alert.trim().toLowerCase().replaceAll("_", " ");
    return new TlsRefusal("refused", `remote error: tls: ${alertTexts[text] ?? text}`, error);
  }
  if (/wrong.version.number|packet.length.too.long|http.request/i.test(`${code} ${error.message}`)) {
    return new TlsRefusal("not-tls", "tls: first record does not look like a TLS handshake", error);
  }
  return undefined;
}

/** Returns the same stream, whose end names the server's refusal if it refused. */
export function withRefusals(stream: ByteSocket, host: string): ByteSocket {
  return {
    get destroyed() {
      return stream.destroyed;
    },
    write: (bytes) => stream.write(bytes),
    listen: ({ onData, onClose }) =>
      stream.listen({
        onData,
        onClose: (error) => onClose(error === undefined ? undefined : (tlsRefusal(error, host) ?? error)),
      }),
    destroy: () => stream.destroy(),
  };
}

/** Go's wording for alerts that it names differently. */
const alertTexts: Readonly<Record<string, string>> = {
  "unknown ca": "unknown certificate authority",
  "certificate unknown": "unknown certificate",
  "certificate expired": "expired certificate",
  "certificate revoked": "revoked certificate",
};
