import type { Clock } from "../../async/clock.ts";
import { poll } from "../../async/poll.ts";
import { ApiStatusError, type Cluster } from "../../cluster/cluster.ts";
import { type SecretObject, secrets } from "../../cluster/resources.ts";
import { TransportError } from "../../cluster/transport.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { BootstrapToken } from "../apis/bootstrap-token.ts";
import { goQuote } from "../apis/go-quote.ts";
import type { BootstrapTokenSpec } from "../apis/init-configuration.ts";
import { tokenNamespace, tokenSecret, tokenSecretName } from "./cluster-token.ts";
import { requestFailure } from "./request-failure.ts";

export interface TokenWritePorts {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Upstream's kubernetesAPICall and the pause between its attempts. */
const deadlineMs = 60_000;
const everyMs = 500;

/** Keeps new tokens in the cluster, one after the other; one whose id is there already is an error. */
export async function createTokens(
  tokens: readonly (BootstrapTokenSpec & { readonly token: BootstrapToken })[],
  ports: TokenWritePorts,
): Promise<void> {
  for (const spec of tokens) {
    const { id } = spec.token;
    if (await exists(id, ports)) {
      throw new KubeadmError("TOKEN_EXISTS", `a token with id ${goQuote(id)} already exists`, { details: { id } });
    }
    await write(tokenSecret(spec, ports.clock.now()), ports);
  }
}

/** A failed look is no answer: whether the token can be kept, the write will tell. */
async function exists(id: string, { cluster, signal }: TokenWritePorts): Promise<boolean> {
  try {
    await cluster.get(secrets, { namespace: tokenNamespace, name: tokenSecretName(id) }, { signal });
    return true;
  } catch (error) {
    if (error instanceof ApiStatusError) return false;
    if (error instanceof TransportError) throw requestFailure("unable to create *v1.Secret", error);
    throw error;
  }
}

/** A server that is starting is asked again; one that says no is believed. */
function write(secret: SecretObject, ports: TokenWritePorts): Promise<SecretObject> {
  return poll<SecretObject>({
    until: async (_attempt, signal) => {
      try {
        return { done: true, value: await createOrUpdate(secret, { ...ports, signal }) };
      } catch (error) {
        if (!(error instanceof KubeadmError) || !mayPass(error.cause)) throw error;
        return { done: false, reason: error.message, cause: error };
      }
    },
    everyMs: () => everyMs,
    deadlineMs,
    clock: ports.clock,
    signal: ports.signal,
    onTimeout: (_reason, cause) => cause as KubeadmError,
  });
}

async function createOrUpdate(secret: SecretObject, { cluster, signal }: TokenWritePorts): Promise<SecretObject> {
  try {
    return await cluster.create(secrets, secret, { signal });
  } catch (error) {
    if (!(error instanceof ApiStatusError && error.reason === "AlreadyExists")) {
      throw requestFailure("unable to create *v1.Secret", error);
    }
  }
  try {
    return await cluster.update(secrets, secret, { signal });
  } catch (error) {
    throw requestFailure("unable to update *v1.Secret", error);
  }
}

function mayPass(cause: unknown): boolean {
  if (cause instanceof TransportError) return true;
  return cause instanceof ApiStatusError && (cause.status === 429 || cause.status === 409 || cause.status >= 500);
}
