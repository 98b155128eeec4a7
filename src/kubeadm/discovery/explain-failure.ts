import { ApiStatusError } from "../../cluster/cluster.ts";
import type { Reached } from "../../cluster/https-inspection.ts";
import { TransportError, type TransportErrorCode } from "../../cluster/transport.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { isKubeadmError, KubeadmError } from "../../errors/kubeadm-error.ts";
import { defined } from "../../values/defined.ts";
import { apiServerFails } from "../cluster-objects/explain-request-failure.ts";
import type { Failure } from "../waiting/persist.ts";
import { explainRefusedCertificate, explainVerification, type VerificationOptions } from "./explain-verification.ts";
import { remedyFor } from "./transport-remedy.ts";

/** A server that is starting, or a load balancer that fails over, may answer the same for a few seconds. */
const transientMs = 5_000;
/** A new name may take a while to spread through DNS. */
const nameMs = 30_000;

export interface Refusal {
  readonly code: ErrorCode;
  readonly remedy?: string;
}

export interface ExplainOptions extends VerificationOptions {
  /** `https://host:port` */
  readonly server: string;
  /** The proxy for requests to the server, in a form that is safe to print. */
  readonly proxy?: string | undefined;
  /** Error code and remedy for a 403 response. */
  readonly refusal: Refusal;
  /** Error code and remedy for a 401 response; by default those of a refused bootstrap token. */
  readonly unauthenticated?: Refusal;
  /** Discovery has succeeded: the server comes from it, and may differ from the one that the user typed. */
  readonly isDiscovered?: boolean;
  /** Milliseconds that the object may be missing (404); the whole deadline by default. */
  readonly missingMs?: number;
}

export interface FailureExplainer {
  /** Returns the cause of a failed request for cluster data, and whether waiting can help. Rethrows any other error. */
  readonly explain: (error: unknown) => Promise<Failure>;
  /**
   * Probes a server that does not respond and describes how far a connection gets; undefined if that cannot be
   * determined.
   */
  readonly explainNoAnswer: (signal: AbortSignal) => Promise<string | undefined>;
}

/** Returns an explainer for one wait: what it learns about a silent server goes into the error that ends the wait. */
export function failureExplainer(given: ExplainOptions): FailureExplainer {
  const { proxy } = given;
  const { host } = new URL(given.server);
  // A probe that bypasses the proxy would reach another server, or none.
  const options = proxy === undefined ? given : { ...given, inspect: async () => undefined };
  let reached: Reached | undefined;
  return {
    explain: async (error) => {
      if (error instanceof TransportError)
        return withAction(afterDiscovery(await explainTransport(error, options, reached), options));
      if (error instanceof ApiStatusError) return withAction(explainStatus(error, options));
      if (isKubeadmError(error) && error.code !== "CANCELLED") return { error, patienceMs: 0 };
      throw error;
    },
    explainNoAnswer: async (signal) => {
      if (proxy !== undefined) return reasonForNoAnswer(proxy, host);
      reached = (await options.inspect(options.server, signal))?.reached;
      return reached === undefined ? undefined : noAnswerReason(reached, host);
    },
  };
}

/** What lasts longer than a moment needs someone: the server, its name or the way to it has to be repaired. */
function withAction(failure: Failure): Failure {
  return failure.patienceMs > transientMs ? { ...failure, action: { action: failure.error.remedy } } : failure;
}

function afterDiscovery(failure: Failure, { isDiscovered = false, server }: ExplainOptions): Failure {
  const { code, message, remedy, cause, details } = failure.error;
  if (isDiscovered && code === "DISCOVERY_TLS_UNTRUSTED") {
    const led = `Discovery returned ${server}: if that is not this cluster's API server, correct \`server\` in the ConfigMap kube-public/cluster-info, or in the discovery file.`;
    return { ...failure, error: new KubeadmError(code, message, { cause, details, remedy: `${remedy} ${led}` }) };
  }
  if (!isDiscovered || code !== "DISCOVERY_UNREACHABLE") return failure;
  const way =
    `Discovery succeeded and returned ${server}: every further request goes there. If that is a virtual address, ` +
    "check what announces it (keepalived, kube-vip); if it is the wrong address, correct `server` in the ConfigMap kube-public/cluster-info, or in the discovery file.";
  return { ...failure, error: new KubeadmError("CLUSTER_UNREACHABLE", message, { cause, remedy: `${remedy} ${way}` }) };
}

function reasonForNoAnswer(proxy: string, host: string): string {
  return `no response yet from ${host} through the proxy ${proxy}`;
}

function noAnswerReason(reached: Reached, host: string): string {
  switch (reached) {
    case "nothing":
      return `${host} does not reply to connection attempts`;
    case "connection":
      return `${host} accepts the connection, but does not complete the TLS handshake`;
    case "tls":
      return `${host} accepts the request, but does not respond to it`;
  }
}

const transportCodes: Readonly<Record<TransportErrorCode, readonly [ErrorCode, number]>> = {
  refused: ["DISCOVERY_UNREACHABLE", Infinity],
  unreachable: ["DISCOVERY_UNREACHABLE", Infinity],
  "host-not-found": ["DISCOVERY_UNREACHABLE", nameMs],
  "timed-out": ["DISCOVERY_TIMEOUT", Infinity],
  reset: ["DISCOVERY_UNREACHABLE", Infinity],
  "not-tls": ["DISCOVERY_NOT_KUBERNETES", transientMs],
  "no-common-algorithm": ["TLS_ALGORITHMS_REFUSED", transientMs],
  "malformed-answer": ["DISCOVERY_NOT_KUBERNETES", transientMs],
  "certificate-untrusted": ["DISCOVERY_TLS_UNTRUSTED", transientMs],
  "certificate-name-mismatch": ["DISCOVERY_TLS_UNTRUSTED", transientMs],
  "certificate-expired": ["DISCOVERY_TLS_UNTRUSTED", transientMs],
  "certificate-unusable": ["DISCOVERY_TLS_UNTRUSTED", transientMs],
  "client-certificate-rejected": ["TOKEN_REJECTED", transientMs],
  "client-certificate-unusable": ["DISCOVERY_FILE_INVALID", 0],
  "proxy-failed": ["DISCOVERY_UNREACHABLE", transientMs],
  other: ["DISCOVERY_UNREACHABLE", transientMs],
};

async function explainTransport(
  error: TransportError,
  options: ExplainOptions,
  reached: Reached | undefined,
): Promise<Failure> {
  const [code, patienceMs] = transportCodes[error.code];
  const message = `${options.context}: ${error.message}`;
  if (code === "DISCOVERY_TLS_UNTRUSTED") return explainVerification(error, options, patienceMs);
  if (error.code === "not-tls") {
    // The runtime's fetch reports only that the handshake failed.
    const refusal = (await options.inspect(error.url, options.signal))?.refusal;
    if (refusal !== undefined) return explainRefusedCertificate(refusal, error, options, patienceMs);
  }
  if (error.code === "timed-out" && reached !== undefined) {
    const noAnswer = noAnswerReason(reached, new URL(options.server).host);
    const final = reached === "nothing" ? "DISCOVERY_UNREACHABLE" : code;
    const errorOptions = { cause: error, ...remedyFor({ error, reached }) };
    return { error: new KubeadmError(final, `${message}; ${noAnswer}`, errorOptions), patienceMs, reason: noAnswer };
  }
  const { proxy } = options;
  const errorOptions = { cause: error, ...remedyFor({ error, proxy }) };
  if (error.code === "timed-out" && proxy !== undefined) {
    const noAnswer = reasonForNoAnswer(proxy, new URL(options.server).host);
    return { error: new KubeadmError(code, `${message}; ${noAnswer}`, errorOptions), patienceMs, reason: noAnswer };
  }
  return { error: new KubeadmError(code, message, errorOptions), patienceMs, reason: error.message };
}

const overloaded = "The API server is overloaded: try again later.";

function explainStatus(error: ApiStatusError, options: ExplainOptions): Failure {
  const fail = (code: ErrorCode, patienceMs: number, remedy?: string): Failure => ({
    error: new KubeadmError(code, `${options.context}: ${error.message}`, {
      cause: error,
      details: { status: error.status, reason: error.reason },
      ...defined({ remedy }),
    }),
    patienceMs,
    reason: error.message,
    ...defined({ retryAfterMs: error.retryAfterMs }),
  });
  if (error.reason === "" && error.status < 500 && error.status !== 429) {
    return fail("DISCOVERY_NOT_KUBERNETES", transientMs);
  }
  if (error.status === 401) {
    const { code, remedy } = options.unauthenticated ?? { code: "TOKEN_REJECTED" };
    return fail(code, transientMs, remedy);
  }
  if (error.status === 403) return fail(options.refusal.code, transientMs, options.refusal.remedy);
  if (error.status === 404) return fail("DISCOVERY_CLUSTER_INFO_INVALID", options.missingMs ?? Infinity);
  if (error.status === 429) return fail("CLUSTER_REQUEST_FAILED", Infinity, overloaded);
  if (error.status >= 500) return fail("CLUSTER_REQUEST_FAILED", Infinity, apiServerFails);
  return fail("CLUSTER_REQUEST_FAILED", 0);
}
