import { ApiStatusError } from "../../cluster/cluster.ts";
import { TransportError, type TransportErrorCode } from "../../cluster/transport.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { defined } from "../../values/defined.ts";
import type { Failure } from "../waiting/persist.ts";

/** A server that has just started refuses and misses things for a few seconds before it knows its own rules. */
const startingMs = 10_000;
const nameMs = 30_000;

/** How long each kind of silence may last; what is not named may pass at any time. */
const silencePatienceMs: Partial<Record<TransportErrorCode, number>> = {
  "host-not-found": nameMs,
  "not-tls": startingMs,
  "malformed-answer": startingMs,
  "certificate-untrusted": startingMs,
  "certificate-name-mismatch": startingMs,
  "certificate-expired": startingMs,
  "certificate-unusable": startingMs,
  "client-certificate-rejected": startingMs,
  "proxy-failed": startingMs,
};

/**
 * What a request of an administrator's client failed of, and whether trying again may help. Upstream tries every failure
 * again for a minute; here one that a working server repeats is believed within seconds. Rethrows what is none.
 */
export function requestTrouble(context: string, error: unknown, refusalPatienceMs = startingMs): Failure {
  if (error instanceof TransportError) {
    const host = new URL(error.url).host;
    const failure = new KubeadmError("CLUSTER_REQUEST_FAILED", `${context}: ${error.message}`, {
      cause: error,
      details: { url: error.url },
      remedy: `Check that the API server at ${host} runs (\`crictl ps -a --name kube-apiserver\` and \`crictl logs\` on its machine), and that the kubeconfig names the cluster that is meant.`,
    });
    return { error: failure, patienceMs: silencePatienceMs[error.code] ?? Infinity, reason: error.message };
  }
  if (error instanceof ApiStatusError) {
    const { status, reason, retryAfterMs } = error;
    const remedy = remedies[status];
    const failure = new KubeadmError("CLUSTER_REQUEST_FAILED", `${context}: ${error.message}`, {
      cause: error,
      details: { status, reason },
      ...defined({ remedy }),
    });
    return {
      error: failure,
      patienceMs: patienceWith(status, refusalPatienceMs),
      reason: error.message,
      ...defined({ retryAfterMs }),
    };
  }
  throw error;
}

/** 404 to a write: the namespace is not there yet, which the API server makes itself soon after its start. */
function patienceWith(status: number, refusalPatienceMs: number): number {
  if (status === 401 || status === 403) return refusalPatienceMs;
  const mayPass = status === 404 || status === 409 || status === 429 || status >= 500;
  return mayPass ? Infinity : 0;
}

const remedies: Readonly<Record<number, string>> = {
  401: "The API server does not know the kubeconfig's user: it was made for another cluster, or its certificate has expired (`kubeadm certs check-expiration`).",
  403: "The kubeconfig's user may not do this: use an administrator's, /etc/kubernetes/admin.conf for one.",
  429: "The API server has too many requests to answer at the moment: run the phase again later.",
};

/** Whether a create failed because the object is there. */
export function alreadyExists(error: unknown): boolean {
  return error instanceof ApiStatusError && error.reason === "AlreadyExists";
}

export function notFound(error: unknown): boolean {
  return error instanceof ApiStatusError && error.status === 404;
}
