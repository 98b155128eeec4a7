import type { Cluster } from "../../cluster/cluster.ts";
import { secrets } from "../../cluster/resources.ts";
import {
  type ClusterToken,
  clusterTokenFrom,
  TokenSecretError,
  tokenNamespace,
  tokenSecretType,
} from "./cluster-token.ts";
import { requestFailure } from "./request-failure.ts";

export interface ListedTokens {
  /** In the order of the API server. */
  readonly tokens: readonly ClusterToken[];
  /** Errors of Secrets that have the type of tokens but are invalid. */
  readonly problems: readonly string[];
}

/** Returns all tokens of the cluster, expired ones included. */
export async function listTokens(cluster: Cluster, options: { readonly signal: AbortSignal }): Promise<ListedTokens> {
  const tokens: ClusterToken[] = [];
  const problems: string[] = [];
  for (const secret of await listSecrets(cluster, options)) {
    try {
      tokens.push(clusterTokenFrom(secret));
    } catch (error) {
      if (!(error instanceof TokenSecretError)) throw error;
      problems.push(error.message);
    }
  }
  return { tokens, problems };
}

async function listSecrets(cluster: Cluster, { signal }: { readonly signal: AbortSignal }) {
  try {
    return await cluster.list(secrets, {
      namespace: tokenNamespace,
      fieldSelector: `type=${tokenSecretType}`,
      signal,
    });
  } catch (error) {
    throw requestFailure("failed to list bootstrap tokens", error);
  }
}
