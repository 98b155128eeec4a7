import { ApiStatusError } from "../../cluster/cluster.ts";
import { TransportError } from "../../cluster/transport.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";

/** Returns the error of a failed request with the caller's context; other errors unchanged. */
export function requestFailure(context: string, error: unknown): unknown {
  if (error instanceof ApiStatusError) {
    const details = { status: error.status, reason: error.reason };
    return new KubeadmError("CLUSTER_REQUEST_FAILED", `${context}: ${error.message}`, {
      cause: error,
      details,
      ...remedyFor(error),
    });
  }
  if (error instanceof TransportError) {
    return new KubeadmError("CLUSTER_REQUEST_FAILED", `${context}: ${error.message}`, {
      cause: error,
      details: { url: error.url },
      remedy: `Check that the API server at ${new URL(error.url).host} runs, and that the kubeconfig is for the right cluster.`,
    });
  }
  return error;
}

function remedyFor({ status }: ApiStatusError): { readonly remedy?: string } {
  switch (status) {
    case 401:
      return {
        remedy: "The credentials of the kubeconfig are invalid or have expired: set another one with --kubeconfig.",
      };
    case 403:
      return {
        remedy:
          "The user of the kubeconfig isn't allowed to do this: pass an administrator's with --kubeconfig, for example /etc/kubernetes/admin.conf.",
      };
    case 404:
      return { remedy: "List the existing tokens with `kubeadm token list`." };
    default:
      return {};
  }
}
