import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { hostOf, portOf } from "../addresses/url-address.ts";
import { abortable } from "../async/signal.ts";
import { type CertificateSummary, summarize } from "../pki/certificate.ts";
import { verificationFailure } from "../pki/tls-verification.ts";
import { offeredSignatures } from "../sockets/signature-algorithms.ts";

/** How far an inspection gets: no connection in time, a connection without an answer, or a TLS session. */
export type Reached = "nothing" | "connection" | "tls";

/** What a server presents in an unverified TLS handshake. Only explains failures; nothing is trusted because of it. */
export interface ServerInspection {
  readonly reached: Reached;
  /** As sent, leaf first. */
  readonly chain: readonly CertificateSummary[];
  /** The same, in full. */
  readonly certificates: readonly X509Certificate[];
  /** The leaf's subject alternative names: "DNS:kubernetes, IP Address:10.96.0.1". */
  readonly names: string;
  /** Why there is no session although the server speaks TLS: the usages of its key do not allow it. */
  readonly refusal?: string;
}

/**
 * Connects to the server of a URL without verifying it, and returns what it presents in the TLS handshake. Resolves with
 * undefined if the inspection fails: it explains errors and must not cause any.
 */
export type InspectServer = (url: string, signal: AbortSignal) => Promise<ServerInspection | undefined>;

const inspectionTimeoutMs = 1_250;

/** Inspects over node:tls, with its own time limit. */
export const inspectServer: InspectServer = async (url, signal) => {
  // Loaded on demand: it costs 7 MB in the compiled program, and only a failed verification needs it.
  const { connect } = await import("node:tls");
  const target = new URL(url);
  const { promise, resolve } = Promise.withResolvers<ServerInspection | undefined>();
  const socket = connect({
    host: hostOf(target),
    port: portOf(target),
    rejectUnauthorized: false,
    ...offeredSignatures,
  });
  let reached: Reached = "nothing";
  socket.once("connect", () => {
    reached = "connection";
  });
  const timer = setTimeout(() => resolve({ reached, chain: [], certificates: [], names: "" }), inspectionTimeoutMs);
  socket.once("error", (error: NodeJS.ErrnoException) => {
    const refusal = verificationFailure(error.code ?? "", error.message, target.hostname)?.text;
    resolve(refusal === undefined ? undefined : { reached: "tls", chain: [], certificates: [], names: "", refusal });
  });
  socket.once("secureConnect", () => {
    try {
      resolve(shownBy(socket));
    } catch {
      // A server may present anything, and nothing here would catch an exception.
      resolve({ reached: "tls", chain: [], certificates: [], names: "" });
    }
  });
  try {
    return await abortable(promise, signal);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
};

function shownBy(socket: TLSSocket): ServerInspection {
  const leaf = socket.getPeerX509Certificate();
  const certificates = leaf === undefined ? [] : chainOf(leaf);
  return { reached: "tls", chain: certificates.map(summarize), certificates, names: leaf?.subjectAltName ?? "" };
}

function chainOf(leaf: X509Certificate): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let current: X509Certificate | undefined = leaf; current !== undefined && chain.length < 8; ) {
    if (!isWellFormed(current)) break;
    chain.push(current);
    const issuer: X509Certificate | undefined = current.issuerCertificate;
    current = issuer === undefined || issuer.fingerprint256 === current.fingerprint256 ? undefined : issuer;
  }
  return chain;
}

/** The answer may contain anything. */
function isWellFormed(certificate: X509Certificate): boolean {
  try {
    summarize(certificate);
    return true;
  } catch {
    return false;
  }
}
