import { ApiStatusError } from "../../cluster/cluster.ts";
import { TransportError } from "../../cluster/transport.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";

/** A failed request in the words of whoever made it; what is no failed request passes through. */
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
      remedy: `Check that the API server at ${new URL(error.url).host} runs, and that the kubeconfig names the cluster that is meant.`,
    });
  }
  return error;
}

function remedyFor({ status }: ApiStatusError): { readonly remedy?: string } {
  switch (status) {
    case 401:
      return { remedy: "The credentials of the kubeconfig are not valid (any more): name another with --kubeconfig." };
    case 403:
      return {
        remedy:
          "The user of the kubeconfig may not do this: name an administrator's with --kubeconfig, /etc/kubernetes/admin.conf for one.",
      };
    case 404:
      return { remedy: "See what tokens there are with `kubeadm token list`." };
    default:
      return {};
  }
}
