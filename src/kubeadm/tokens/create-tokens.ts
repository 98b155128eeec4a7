import { ApiStatusError } from "../../cluster/cluster.ts";
import { secrets } from "../../cluster/resources.ts";
import { TransportError } from "../../cluster/transport.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { goQuote } from "../../go/quote.ts";
import { type ClusterWritePorts, writeObject } from "../cluster-objects/write-objects.ts";
import type { BootstrapToken } from "../config/fields/bootstrap-token.ts";
import type { BootstrapTokenSpec } from "../config/init/init-configuration.ts";
import { isSigner, tokenNamespace, tokenSecret, tokenSecretName } from "./cluster-token.ts";
import { requestFailure } from "./request-failure.ts";
import { signClusterInfoFor } from "./sign-cluster-info.ts";

/**
 * Creates the tokens in the cluster, one after the other, and signs cluster-info for them if it is allowed to. A token whose
 * ID exists already is an error. Retries while the server is starting; a refusal is final.
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
  const now = ports.clock.now();
  const signers = tokens.filter((spec) => isSigner(spec, now)).map(({ token }) => token);
  await signClusterInfoFor(signers, ports);
}

/** Reports whether the token exists; false if that cannot be read, because the write will then fail. */
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
