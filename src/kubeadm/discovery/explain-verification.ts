import type { X509Certificate } from "node:crypto";
import type { InspectServer, ServerInspection } from "../../cluster/https-inspection.ts";
import { TransportError } from "../../cluster/transport.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { describeCertificates } from "../../pki/ca-bundle.ts";
import { describeCertificate, isSignedBy, parseCertificates, summarize } from "../../pki/certificate.ts";
import { defined } from "../../values/defined.ts";
import type { Failure } from "../waiting/persist.ts";
import { remedyFor, type TransportFailure } from "./transport-remedy.ts";

export interface VerificationOptions {
  /** Prefix of the message, in upstream's words: "failed to request the cluster-info ConfigMap". */
  readonly context: string;
  /** PEM bundle that the server was verified with, if any. */
  readonly certificateAuthority?: string;
  /**
   * Certificates that cluster-info also lists as CAs of the cluster, but that are not pinned and so cannot verify the
   * server.
   */
  readonly unpinned?: readonly X509Certificate[];
  readonly inspect: InspectServer;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** Explains a certificate that the TLS stack refuses before it is verified; `refusal` is the stack's reason. */
export function explainRefusedCertificate(
  refusal: string,
  error: TransportError,
  { context }: VerificationOptions,
  patienceMs: number,
): Failure {
  const text = `tls: failed to verify certificate: x509: ${refusal}`;
  const unusable = new TransportError("certificate-unusable", error.url, text, error);
  return {
    error: new KubeadmError("DISCOVERY_TLS_UNTRUSTED", `${context}: ${text}`, {
      cause: unusable,
      details: { server: error.url },
      ...remedyFor({ error: unusable }),
    }),
    patienceMs,
    reason: text,
  };
}

/** Explains a server's certificate that was not believed, by what the server presents. */
export async function explainVerification(
  error: TransportError,
  options: VerificationOptions,
  patienceMs: number,
): Promise<Failure> {
  const seen = await options.inspect(error.url, options.signal);
  const verification = describeVerification(error, seen, options);
  const tlsError = new KubeadmError(
    verification.code,
    `${options.context}: ${error.message}${verification.text}${verification.clock ?? ""}`,
    {
      cause: error,
      details: { server: error.url, ...defined({ presented: seen?.chain, names: seen?.names }) },
      ...(verification.code === "DISCOVERY_TLS_UNTRUSTED" ? remedyFor(verification.failure) : {}),
    },
  );
  return { error: tlsError, patienceMs, reason: `${error.message}${verification.text}` };
}

interface Verification {
  readonly code: ErrorCode;
  readonly text: string;
  /** Separate, because it differs each time. */
  readonly clock?: string;
  readonly failure: TransportFailure;
}

function describeVerification(
  error: TransportError,
  seen: ServerInspection | undefined,
  options: VerificationOptions,
): Verification {
  const code = "DISCOVERY_TLS_UNTRUSTED";
  const leaf = seen?.chain[0];
  if (seen === undefined || leaf === undefined) return { code, text: "", failure: { error } };
  if (error.code === "certificate-expired") {
    const now = options.now();
    const text = `; the server's certificate is valid ${leaf.notBefore.toISOString()} to ${leaf.notAfter.toISOString()}`;
    const clock = `, this machine's clock says ${now.toISOString()}`;
    return { code: now < leaf.notBefore ? "DISCOVERY_CLOCK_SKEW" : code, text, clock, failure: { error } };
  }
  if (error.code === "certificate-name-mismatch") {
    return { code, text: `; it is valid for ${seen.names}`, failure: { error, names: seen.names } };
  }
  if (error.code === "certificate-unusable") {
    return { code, text: `; the server's certificate is ${describeCertificate(leaf)}`, failure: { error } };
  }
  const signer = unpinnedSigner(seen, options);
  if (signer !== undefined) {
    const text = `; it is signed by ${describeCertificates([signer])}, which cluster-info lists as a CA of the cluster but which is not pinned`;
    return { code: "DISCOVERY_CA_NOT_PINNED", text, failure: { error } };
  }
  const issuer = seen.chain.at(-1);
  const presented = issuer === undefined ? "" : `; the server's chain ends at ${describeCertificate(issuer)}`;
  const wanted =
    options.certificateAuthority === undefined
      ? ""
      : `, the CA it must chain to is ${parseCertificates(options.certificateAuthority)
          .map((certificate) => describeCertificate(summarize(certificate)))
          .join(" or ")}`;
  return { code, text: presented + wanted, failure: { error } };
}

function unpinnedSigner(seen: ServerInspection, { unpinned = [] }: VerificationOptions): X509Certificate | undefined {
  return unpinned.find((authority) =>
    seen.certificates.some((certificate) => certificate.checkIssued(authority) && isSignedBy(certificate, authority)),
  );
}
