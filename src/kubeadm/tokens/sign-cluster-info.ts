import { RequestError } from "../../cluster/request-error.ts";
import { configMaps } from "../../cluster/resources.ts";
import { messageOf } from "../../errors/kubeadm-error.ts";
import { clusterInfoName } from "../cluster-objects/cluster-info.ts";
import { publicNamespace } from "../cluster-objects/rbac.ts";
import type { ClusterWritePorts } from "../cluster-objects/write-objects.ts";
import type { BootstrapToken } from "../config/fields/bootstrap-token.ts";
import { clusterInfoSignatures } from "../discovery/cluster-info-signature.ts";

/** Milliseconds for both requests. */
const patienceMs = 3_000;

/**
 * Adds the signatures of tokens that the cluster has to its cluster-info, so that nodes can join before the bootstrap signer
 * of the controller manager adds them. A failure is logged at -v=1 only: the tokens exist, and that signer will sign.
 */
export async function signClusterInfoFor(
  tokens: readonly BootstrapToken[],
  { cluster, events, signal }: Pick<ClusterWritePorts, "cluster" | "events" | "signal">,
): Promise<void> {
  if (tokens.length === 0) return;
  const patience = AbortSignal.timeout(patienceMs);
  const either = AbortSignal.any([signal, patience]);
  const reference = { namespace: publicNamespace, name: clusterInfoName };
  try {
    const { metadata, data = {} } = await cluster.get(configMaps, reference, { signal: either });
    const { kubeconfig } = data;
    if (kubeconfig === undefined) return;
    const signatures = Object.entries(clusterInfoSignatures(kubeconfig, tokens));
    const missing = signatures.filter(([key, signature]) => data[key] !== signature);
    if (missing.length === 0) return;
    // The version turns this into a conflict if the kubeconfig has changed since it was signed.
    const patch = { metadata: { resourceVersion: metadata?.resourceVersion }, data: Object.fromEntries(missing) };
    await cluster.patch(configMaps, reference, patch, { patchType: "merge", signal: either });
  } catch (error) {
    const isExpected = patience.aborted || error instanceof RequestError;
    if (signal.aborted || !isExpected) throw error;
    const reason = patience.aborted ? "no response in time" : messageOf(error);
    const message = `The controller manager will sign cluster-info instead: ${reason}`;
    events.emit("log", { level: 1, area: "token", message });
  }
}
