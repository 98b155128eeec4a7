import { ApiStatusError } from "../../cluster/cluster.ts";
import { TransportError, type TransportErrorCode } from "../../cluster/transport.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { defined } from "../../values/defined.ts";
import type { Failure } from "../waiting/persist.ts";

/** A server that has just started returns 403 and 404 for a few seconds, before it has loaded its RBAC rules. */
const startingMs = 10_000;
const nameMs = 30_000;

/** What an administrator does about an API server that answers with 500 or more. */
export const apiServerFails =
  "The API server or its etcd is failing: `kubectl get --raw '/readyz?verbose'` with an administrator's kubeconfig shows which check fails.";

/** How long each kind of transport failure may last; the others may last until the deadline. */
const transportPatienceMs: Partial<Record<TransportErrorCode, number>> = {
  "host-not-found": nameMs,
  "not-tls": startingMs,
  "no-common-algorithm": startingMs,
  "malformed-answer": startingMs,
  "certificate-untrusted": startingMs,
  "certificate-name-mismatch": startingMs,
  "certificate-expired": startingMs,
  "certificate-unusable": startingMs,
  "client-certificate-rejected": startingMs,
  "client-certificate-unusable": 0,
  "proxy-failed": startingMs,
};

/**
 * Returns why a request of an administrator's client failed, and how long retries may help. Upstream retries every
 * failure for a minute; here a failure that a working server repeats is final within seconds. Rethrows other errors.
 */
export function explainRequestFailure(context: string, error: unknown, refusalPatienceMs = startingMs): Failure {
  if (error instanceof TransportError) {
    const [code, remedy] = codeAndRemedy(error);
    const failure = new KubeadmError(code, within(context, error.message), {
      cause: error,
      details: { url: error.url },
      ...defined({ remedy }),
    });
    return {
      error: failure,
      patienceMs: transportPatienceMs[error.code] ?? Infinity,
      reason: error.message,
      action: { action: failure.remedy },
    };
  }
  if (error instanceof ApiStatusError) {
    const { status, reason, retryAfterMs } = error;
    const remedy = remedies[status];
    const failure = new KubeadmError("CLUSTER_REQUEST_FAILED", within(context, error.message), {
      cause: error,
      details: { status, reason },
      ...defined({ remedy }),
    });
    return {
      error: failure,
      patienceMs: patienceWith(status, refusalPatienceMs),
      reason: error.message,
      ...(status >= 500 && { action: { action: apiServerFails } }),
      ...defined({ retryAfterMs }),
    };
  }
  throw error;
}

/** Without a remedy, that of the code says all. */
function codeAndRemedy({ code, url }: TransportError): readonly [code: ErrorCode, remedy?: string] {
  switch (code) {
    case "client-certificate-unusable":
      return [
        "KUBECONFIG_INVALID",
        "Correct client-certificate-data and client-key-data of the kubeconfig, or the files that it names: they must be a certificate and its key, in PEM.",
      ];
    case "no-common-algorithm":
      return ["TLS_ALGORITHMS_REFUSED"];
    default:
      return [
        "CLUSTER_REQUEST_FAILED",
        `Check that the API server at ${new URL(url).host} runs (\`crictl ps -a --name kube-apiserver\` and \`crictl logs\` on its machine), and that the kubeconfig is for the right cluster.`,
      ];
  }
}

/** Some of upstream's messages have no context. */
function within(context: string, message: string): string {
  return context === "" ? message : `${context}: ${message}`;
}

/**
 * Returns how long a status may last. 404 to a write: the namespace does not exist yet; the API server creates it soon
 * after its start.
 */
function patienceWith(status: number, refusalPatienceMs: number): number {
  if (status === 401 || status === 403) return refusalPatienceMs;
  const mayPass = status === 404 || status === 409 || status === 429 || status >= 500;
  return mayPass ? Infinity : 0;
}

const remedies: Readonly<Record<number, string>> = {
  401: "The API server does not know the kubeconfig's user: it belongs to another cluster, or its certificate has expired. Check with `kubeadm certs check-expiration`; `kubeadm certs renew admin.conf` renews the certificate of /etc/kubernetes/admin.conf.",
  403: "The kubeconfig's user isn't allowed to do this: use an administrator's, for example /etc/kubernetes/admin.conf.",
  429: "The API server is overloaded: run the phase again later.",
};

/** Reports whether a create failed because the object exists. */
export function alreadyExists(error: unknown): boolean {
  return error instanceof ApiStatusError && error.reason === "AlreadyExists";
}

export function notFound(error: unknown): boolean {
  return error instanceof ApiStatusError && error.status === 404;
}
