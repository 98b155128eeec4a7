import { type SecretObject, secrets } from "../../../cluster/resources.ts";
import {
  type ClusterToken,
  clusterTokenFrom,
  TokenSecretError,
  tokenNamespace,
  tokenSecretType,
} from "../../tokens/cluster-token.ts";
import type { Fact } from "../examination.ts";
import type { Answer } from "./answer.ts";
import { ask } from "./cluster-access.ts";

export interface BootstrapTokens {
  readonly tokens: readonly ClusterToken[];
  /** Secrets that have the type of a token and are none, in words. */
  readonly problems: readonly string[];
  /** Names of all Secrets of tokens. */
  readonly names: readonly string[];
}

export const bootstrapTokens: Fact<Answer<BootstrapTokens>> = async (examination) => {
  const answer = await ask(examination, (cluster, options) =>
    cluster.list(secrets, { ...options, namespace: tokenNamespace, fieldSelector: `type=${tokenSecretType}` }),
  );
  return answer.state === "found" ? { state: "found", value: sorted(answer.value) } : answer;
};

function sorted(found: readonly SecretObject[]): BootstrapTokens {
  const tokens: ClusterToken[] = [];
  const problems: string[] = [];
  for (const secret of found) {
    try {
      tokens.push(clusterTokenFrom(secret));
    } catch (error) {
      if (!(error instanceof TokenSecretError)) throw error;
      problems.push(error.message);
    }
  }
  return { tokens, problems, names: found.map(({ metadata }) => metadata?.name ?? "") };
}

/** Reports whether a machine may join with the token: it verifies cluster-info, and authenticates. */
export function isForJoins({ usages }: ClusterToken): boolean {
  return usages.includes("signing") && usages.includes("authentication");
}

export function hasExpired({ expires }: ClusterToken, now: Date): boolean {
  return expires !== undefined && expires <= now;
}
