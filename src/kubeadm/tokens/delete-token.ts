import type { Cluster } from "../../cluster/cluster.ts";
import { secrets } from "../../cluster/resources.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { goQuote } from "../../go/quote.ts";
import { isBootstrapToken, tokenFormInGo } from "../config/fields/bootstrap-token.ts";
import { tokenNamespace, tokenSecretName } from "./cluster-token.ts";
import { requestFailure } from "./request-failure.ts";

export const tokenIdFormInGo = "\\A([a-z0-9]{6})\\z";

/** Returns the ID of a token, given its ID or the whole token. */
export function tokenIdOf(idOrToken: string): string {
  if (/^[a-z0-9]{6}$/.test(idOrToken)) return idOrToken;
  if (isBootstrapToken(idOrToken)) return idOrToken.slice(0, 6);
  // Upstream prints the pattern of an ID twice.
  const message = `given token didn't match pattern ${goQuote(tokenFormInGo)} or ${goQuote(tokenIdFormInGo)}`;
  throw new KubeadmError("USAGE", message, { remedy: "`kubeadm token list` shows the existing tokens." });
}

/** Deletes a token from the cluster, so that no machine can join with it anymore. */
export async function deleteToken(id: string, cluster: Cluster, options: { readonly signal: AbortSignal }) {
  try {
    await cluster.delete(secrets, { namespace: tokenNamespace, name: tokenSecretName(id) }, options);
  } catch (error) {
    throw requestFailure(`failed to delete bootstrap token ${goQuote(id)}`, error);
  }
}
