import type { Clock } from "../../async/clock.ts";
import { type Cluster, isNotFoundOrForbidden, type ReadOptions } from "../../cluster/cluster.ts";
import type { InspectServer } from "../../cluster/https-inspection.ts";
import { type ConfigMap, configMaps } from "../../cluster/resources.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { failureExplainer } from "../discovery/explain-failure.ts";
import { type Failure, persist } from "../waiting/persist.ts";
import { systemNamespace } from "./rbac.ts";

export interface ClusterReadPorts {
  readonly cluster: Cluster;
  readonly inspect: InspectServer;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** timeouts.kubernetesAPICall in milliseconds. */
  readonly timeoutMs: number;
}

/** Upstream's polling interval for API calls, in milliseconds. */
const pollEveryMs = 500;
/** A ConfigMap that `kubeadm init` has not uploaded yet appears within moments. */
const missingMs = 5_000;

/** A ConfigMap, and what its reader begins an error with. */
export interface ConfigMapReading {
  readonly name: string;
  readonly context: string;
}

/** Reads a ConfigMap of kube-system; retries while the failure may be temporary. */
export function readConfigMap(reading: ConfigMapReading, ports: ClusterReadPorts): Promise<ConfigMap> {
  const { name } = reading;
  return readPersistently(reading, ports, (signal, timeoutMs) => getConfigMap(name, ports, { signal, timeoutMs }));
}

function getConfigMap(name: string, { cluster }: ClusterReadPorts, options: ReadOptions): Promise<ConfigMap> {
  return cluster.get(configMaps, { namespace: systemNamespace, name }, options);
}

async function readPersistently<T>(
  { name, context }: ConfigMapReading,
  ports: ClusterReadPorts,
  attempt: (signal: AbortSignal, timeoutMs: number) => Promise<T>,
): Promise<T> {
  const { cluster, clock, events, signal } = ports;
  const { explain, explainNoAnswer } = failureExplainer({
    server: cluster.server,
    proxy: cluster.proxy,
    isDiscovered: true,
    context,
    refusal: {
      code: "CLUSTER_READ_FAILED",
      remedy: `The joining identity may not read the ConfigMap kube-system/${name}: restore kubeadm's roles with \`kubeadm init phase upload-config all\` and \`kubeadm init phase bootstrap-token\`, or use a token of the group system:bootstrappers:kubeadm:default-node-token.`,
    },
    inspect: ports.inspect,
    now: () => clock.now(),
    signal,
    missingMs,
  });
  return persist({
    what: `the ${name} ConfigMap at ${cluster.server}`,
    attempt,
    explain: async (error) => asClusterRead(await explain(error), name),
    explainNoAnswer,
    deadlineMs: ports.timeoutMs,
    everyMs: () => pollEveryMs,
    clock,
    events,
    signal,
  });
}

/** Returns an entry of a ConfigMap; throws if it is missing. */
export function requiredKey(name: string, key: string, { data }: ConfigMap): string {
  const content = data?.[key];
  if (content !== undefined) return content;
  const message = `unexpected error when reading ${name} ConfigMap: ${key} key value pair missing`;
  throw new KubeadmError("CLUSTER_READ_FAILED", message, { details: { configMap: name, key } });
}

/** Reads a ConfigMap if it exists and the identity may read it. The answer is final immediately. */
export function readOptionalConfigMap(
  reading: ConfigMapReading,
  ports: ClusterReadPorts,
): Promise<ConfigMap | Unreadable> {
  return readPersistently(reading, ports, (signal, timeoutMs) =>
    ifReadable(getConfigMap(reading.name, ports, { signal, timeoutMs })),
  );
}

/** Why an object that a user can do without is not read, in the API server's words. */
export interface Unreadable {
  readonly unreadable: string;
}

/** Returns an object that is read, or why not if there is none, or the user may not read it. */
export async function ifReadable<T extends object>(reading: Promise<T>): Promise<T | Unreadable> {
  try {
    return await reading;
  } catch (error) {
    if (isNotFoundOrForbidden(error)) return { unreadable: error.message };
    throw error;
  }
}

/** Adapts a discovery failure: here the server is trusted, so its answers are final. */
function asClusterRead(failure: Failure, name: string): Failure {
  const { code, message, cause, details } = failure.error;
  if (code !== "DISCOVERY_CLUSTER_INFO_INVALID" && code !== "DISCOVERY_NOT_KUBERNETES") return failure;
  const isMissing = code === "DISCOVERY_CLUSTER_INFO_INVALID";
  const remedy = `The ConfigMap kube-system/${name} is missing: restore it on a control plane with \`kubeadm init phase upload-config all\`. A cluster that was not created by kubeadm does not have it, and kubeadm cannot join machines to such a cluster.`;
  const options = { cause, details, ...(isMissing ? { remedy } : {}) };
  return { ...failure, error: new KubeadmError("CLUSTER_READ_FAILED", message, options) };
}
