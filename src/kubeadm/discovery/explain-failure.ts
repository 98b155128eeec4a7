import { ApiStatusError } from "../../cluster/cluster.ts";
import type { InspectServer, ServerInspection } from "../../cluster/https-inspection.ts";
import { TransportError, type TransportErrorCode } from "../../cluster/transport.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { isKubeadmError, KubeadmError } from "../../errors/kubeadm-error.ts";
import { describeCertificate, parseCertificates, summarize } from "../../pki/certificate.ts";
import type { Failure } from "../waiting/persist.ts";

/** A server that starts, or a load balancer that moves, may say the same for a few seconds. */
const transientMs = 5_000;
/** A name may have to spread through DNS. */
const nameMs = 30_000;

export interface ExplainOptions {
  /** Put before the cause, as upstream puts it: "failed to request the cluster-info ConfigMap". */
  readonly context: string;
  /** What the answer 401 or 403 is about. */
  readonly refusal: { readonly code: ErrorCode; readonly remedy?: string };
  /** PEM bundle the server was verified with, where it was. */
  readonly certificateAuthority?: string;
  readonly inspect: InspectServer;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** How long the object may be missing (404); the whole deadline by default. */
  readonly missingMs?: number;
}

/** The cause of a failed request for cluster data, and whether waiting can help. Rethrows what is no such failure. */
export async function explainFailure(error: unknown, options: ExplainOptions): Promise<Failure> {
  if (error instanceof TransportError) return explainTransport(error, options);
  if (error instanceof ApiStatusError) return explainStatus(error, options);
  if (isKubeadmError(error) && error.code !== "CANCELLED") return { error, patienceMs: 0 };
  throw error;
}

const transportCodes: Readonly<Record<TransportErrorCode, readonly [ErrorCode, number]>> = {
  refused: ["DISCOVERY_UNREACHABLE", Infinity],
  unreachable: ["DISCOVERY_UNREACHABLE", Infinity],
  "host-not-found": ["DISCOVERY_UNREACHABLE", nameMs],
  "timed-out": ["DISCOVERY_TIMEOUT", Infinity],
  reset: ["DISCOVERY_UNREACHABLE", Infinity],
  "not-tls": ["DISCOVERY_NOT_KUBERNETES", transientMs],
  "malformed-answer": ["DISCOVERY_NOT_KUBERNETES", transientMs],
  "certificate-untrusted": ["DISCOVERY_TLS_UNTRUSTED", transientMs],
  "certificate-name-mismatch": ["DISCOVERY_TLS_UNTRUSTED", transientMs],
  "certificate-expired": ["DISCOVERY_TLS_UNTRUSTED", transientMs],
  "client-certificate-rejected": ["TOKEN_REJECTED", transientMs],
  "proxy-failed": ["DISCOVERY_UNREACHABLE", transientMs],
  other: ["DISCOVERY_UNREACHABLE", transientMs],
};

async function explainTransport(error: TransportError, options: ExplainOptions): Promise<Failure> {
  const [code, patienceMs] = transportCodes[error.code];
  const message = `${options.context}: ${error.message}`;
  if (code !== "DISCOVERY_TLS_UNTRUSTED") {
    return { error: new KubeadmError(code, message, { cause: error }), patienceMs, reason: error.message };
  }
  const seen = await options.inspect(error.url, options.signal);
  const told = describeVerification(error, seen, options);
  const tlsError = new KubeadmError(told.code, `${message}${told.text}`, {
    cause: error,
    details: { server: error.url, ...(seen === undefined ? {} : { presented: seen.chain, names: seen.names }) },
  });
  return { error: tlsError, patienceMs, reason: `${error.message}${told.text}` };
}

function describeVerification(
  error: TransportError,
  seen: ServerInspection | undefined,
  options: ExplainOptions,
): { readonly code: ErrorCode; readonly text: string } {
  if (seen === undefined) return { code: "DISCOVERY_TLS_UNTRUSTED", text: "" };
  const [leaf] = seen.chain;
  if (error.code === "certificate-expired" && leaf !== undefined) {
    const now = options.now();
    const window = `${leaf.notBefore.toISOString()} to ${leaf.notAfter.toISOString()}`;
    const text = `; the server's certificate is valid ${window}, this machine's clock says ${now.toISOString()}`;
    return { code: now < leaf.notBefore ? "DISCOVERY_CLOCK_SKEW" : "DISCOVERY_TLS_UNTRUSTED", text };
  }
  if (error.code === "certificate-name-mismatch") {
    return { code: "DISCOVERY_TLS_UNTRUSTED", text: `; the certificate is made out for ${seen.names}` };
  }
  const issuer = seen.chain.at(-1);
  const presented = issuer === undefined ? "" : `; the server's chain ends at ${describeCertificate(issuer)}`;
  const wanted =
    options.certificateAuthority === undefined
      ? ""
      : `, the CA it must verify under is ${parseCertificates(options.certificateAuthority)
          .map((certificate) => describeCertificate(summarize(certificate)))
          .join(" or ")}`;
  return { code: "DISCOVERY_TLS_UNTRUSTED", text: presented + wanted };
}

function explainStatus(error: ApiStatusError, options: ExplainOptions): Failure {
  const fail = (code: ErrorCode, patienceMs: number, remedy?: string): Failure => ({
    error: new KubeadmError(code, `${options.context}: ${error.message}`, {
      cause: error,
      details: { status: error.status, reason: error.reason },
      ...(remedy === undefined ? {} : { remedy }),
    }),
    patienceMs,
    reason: error.message,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  });
  if (error.reason === "" && error.status < 500 && error.status !== 429) {
    return fail("DISCOVERY_NOT_KUBERNETES", transientMs);
  }
  if (error.status === 401) return fail("TOKEN_REJECTED", transientMs, options.refusal.remedy);
  if (error.status === 403) return fail(options.refusal.code, transientMs, options.refusal.remedy);
  if (error.status === 404) return fail("DISCOVERY_CLUSTER_INFO_INVALID", options.missingMs ?? Infinity);
  if (error.status === 429 || error.status >= 500) return fail("CLUSTER_REQUEST_FAILED", Infinity);
  return fail("CLUSTER_REQUEST_FAILED", 0);
}
