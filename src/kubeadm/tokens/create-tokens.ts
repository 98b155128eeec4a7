import { ApiStatusError } from "../../cluster/cluster.ts";
import { secrets } from "../../cluster/resources.ts";
import { TransportError } from "../../cluster/transport.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { goQuote } from "../../go/quote.ts";
import { type ClusterWritePorts, writeObject } from "../cluster-objects/write-objects.ts";
import type { BootstrapToken } from "../config/fields/bootstrap-token.ts";
import type { BootstrapTokenSpec } from "../config/init/init-configuration.ts";
import { tokenNamespace, tokenSecret, tokenSecretName } from "./cluster-token.ts";
import { requestFailure } from "./request-failure.ts";

/**
 * Keeps new tokens in the cluster, one after the other; one whose id is there already is an error. A server that is starting
 * is asked again; one that says no is believed at once.
 */
export async function createTokens(
  tokens: readonly (BootstrapTokenSpec & { readonly token: BootstrapToken })[],
  ports: Omit<ClusterWritePorts, "refusalPatienceMs">,
): Promise<void> {
  for (const spec of tokens) {
    const { id } = spec.token;
    if (await exists(id, ports)) {
      throw new KubeadmError("TOKEN_EXISTS", `a token with id ${goQuote(id)} already exists`, { details: { id } });
    }
    await writeObject(secrets, tokenSecret(spec, ports.clock.now()), { ...ports, refusalPatienceMs: 0 });
  }
}

/** A failed look is no answer: whether the token can be kept, the write will tell. */
async function exists(
  id: string,
  { cluster, signal }: Pick<ClusterWritePorts, "cluster" | "signal">,
): Promise<boolean> {
  try {
    await cluster.get(secrets, { namespace: tokenNamespace, name: tokenSecretName(id) }, { signal });
    return true;
  } catch (error) {
    if (error instanceof ApiStatusError) return false;
    if (error instanceof TransportError) throw requestFailure("unable to create *v1.Secret", error);
    throw error;
  }
}
