import type { Clock } from "../../async/clock.ts";
import { ApiStatusError, type Cluster } from "../../cluster/cluster.ts";
import type { InspectServer } from "../../cluster/https-inspection.ts";
import { type ConfigMap, configMaps } from "../../cluster/resources.ts";
import { TransportError } from "../../cluster/transport.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { explainFailure } from "../discovery/explain-failure.ts";
import { type Failure, persist } from "../waiting/persist.ts";

export interface ClusterReadPorts {
  readonly cluster: Cluster;
  readonly inspect: InspectServer;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** timeouts.kubernetesAPICall in milliseconds. */
  readonly timeoutMs: number;
}

/** Upstream's step for API calls. */
const askEveryMs = 500;
/** A map that `kubeadm init` has not uploaded yet appears within moments. */
const missingMs = 5_000;

/** A ConfigMap of kube-system; asked for again while the failure may pass. */
export async function readConfigMap(name: string, ports: ClusterReadPorts): Promise<ConfigMap> {
  const { cluster, clock, events, signal } = ports;
  return persist({
    what: `the ${name} ConfigMap at ${cluster.server}`,
    attempt: (attemptSignal) => cluster.get(configMaps, { namespace: "kube-system", name }, { signal: attemptSignal }),
    explain: async (error) =>
      asClusterRead(
        await explainFailure(error, {
          context: "failed to get config map",
          refusal: { code: "CLUSTER_READ_FAILED" },
          inspect: ports.inspect,
          now: () => clock.now(),
          signal,
          missingMs,
        }),
      ),
    deadlineMs: ports.timeoutMs,
    everyMs: () => askEveryMs,
    clock,
    events,
    signal,
  });
}

/** The one entry of a ConfigMap that matters. */
export async function readConfigMapKey(name: string, key: string, ports: ClusterReadPorts): Promise<string> {
  const content = (await readConfigMap(name, ports)).data?.[key];
  if (content !== undefined) return content;
  const message = `unexpected error when reading ${name} ConfigMap: ${key} key value pair missing`;
  throw new KubeadmError("CLUSTER_READ_FAILED", message, { details: { configMap: name, key } });
}

/**
 * An entry that a join can do without; undefined, with a warning, where the map is absent or the identity may not see it.
 * The answer is believed at once.
 */
export async function readOptionalConfigMapKey(
  name: string,
  key: string,
  ports: ClusterReadPorts,
): Promise<string | undefined> {
  const { cluster, signal } = ports;
  try {
    const map = await cluster.get(configMaps, { namespace: "kube-system", name }, { signal });
    return map.data?.[key];
  } catch (error) {
    if (error instanceof ApiStatusError && (error.status === 404 || error.status === 403)) return undefined;
    if (error instanceof ApiStatusError || error instanceof TransportError) return readConfigMapKey(name, key, ports);
    throw error;
  }
}

/** The same failures mean other things here than during discovery: the server is trusted, its answers are believed. */
function asClusterRead(failure: Failure): Failure {
  if (failure.error.code !== "DISCOVERY_CLUSTER_INFO_INVALID" && failure.error.code !== "DISCOVERY_NOT_KUBERNETES") {
    return failure;
  }
  const { message, cause, details } = failure.error;
  return { ...failure, error: new KubeadmError("CLUSTER_READ_FAILED", message, { cause, details }) };
}
