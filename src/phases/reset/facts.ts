import { poll } from "../../async/poll.ts";
import { throwIfAborted } from "../../async/signal.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { configMaps } from "../../cluster/resources.ts";
import { TransportError } from "../../cluster/transport.ts";
import { isKubeadmError, KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { PortError } from "../../errors/port-error.ts";
import { YamlError } from "../../go/yaml/yaml-error.ts";
import { FileError } from "../../host/file-error.ts";
import { isSeen } from "../../host/presence.ts";
import type { ClusterConfiguration } from "../../kubeadm/config/cluster/cluster-configuration.ts";
import { decodeClusterConfiguration } from "../../kubeadm/config/cluster/stored-cluster-configuration.ts";
import type { Fact, Run } from "../../workflow/fact.ts";
import { openAdmin } from "../open-cluster.ts";
import type { ResetContext } from "./context.ts";

type ResetRun = Run<ResetContext>;

/** Milliseconds for an answer of the API server, and for retries if the connection fails at once; upstream's. */
const answerMs = 10_000;
const triesMs = 350;
const tryEveryMs = 50;

/** A client of the cluster that uses the administrator's kubeconfig. */
export const adminCluster: Fact<ResetContext, Cluster> = {
  name: "administrator's client",
  load: (run) => {
    const signal = AbortSignal.any([run.signal, AbortSignal.timeout(answerMs)]);
    return openAdmin(run.context.options.kubeconfigPath, { ...run, signal });
  },
};

/**
 * The ClusterConfiguration that the cluster stores. Undefined on a machine without an administrator's kubeconfig, such
 * as a worker, and, with a warning, if the cluster does not respond: reset continues without it.
 */
export const clusterConfiguration: Fact<ResetContext, ClusterConfiguration | undefined> = {
  name: "cluster configuration",
  load: async (run) => {
    const { host, options } = run.context;
    const { kubeconfigPath } = options;
    if (kubeconfigPath === "" || !(await isSeen(kubeconfigPath, host.files))) return undefined;
    let asked = false;
    try {
      const cluster = await run.value(adminCluster);
      asked = true;
      run.events.emit("cluster.configuration.reading", {
        configMap: "kubeadm-config",
        namespace: "kube-system",
        area: "reset",
      });
      const map = await readKubeadmConfig(cluster, run);
      return decodeClusterConfiguration(map.data?.["ClusterConfiguration"] ?? "", run.events);
    } catch (error) {
      throwIfAborted(run.signal);
      if (!isOfCluster(error)) throw error;
      if (!asked && isUnreadable(error)) return undefined;
      const reason = `${asked ? "failed to get config map: " : ""}${messageOf(error)}`;
      const message = `Unable to fetch the kubeadm-config ConfigMap from cluster: ${reason}`;
      run.events.emit("warning", { area: "reset", message });
      return undefined;
    }
  },
};

/** A user who may not read it is refused by preflight; upstream skips it like a missing one. */
function isUnreadable(error: unknown): boolean {
  const { cause } = error instanceof Error ? error : {};
  return cause instanceof FileError && cause.code === "permission-denied";
}

function isOfCluster(error: unknown): boolean {
  return isKubeadmError(error) || error instanceof PortError || error instanceof YamlError;
}

/** Retries only a connection that fails immediately: a server that is silent for ten seconds will not respond. */
function readKubeadmConfig(cluster: Cluster, run: ResetRun) {
  const noAnswer = new KubeadmError(
    "CLUSTER_READ_FAILED",
    `no response from ${cluster.server} within ${answerMs / 1000}s`,
  );
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(noAnswer), answerMs);
  return poll({
    until: async (_attempt, signal) => {
      try {
        const reference = { namespace: "kube-system", name: "kubeadm-config" };
        return { done: true, value: await cluster.get(configMaps, reference, { signal }) };
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        return { done: false, reason: error.message, cause: error };
      }
    },
    everyMs: () => tryEveryMs,
    deadlineMs: triesMs,
    clock: run.context.host.clock,
    signal: AbortSignal.any([run.signal, deadline.signal]),
    onTimeout: (reason, cause) => new KubeadmError("CLUSTER_READ_FAILED", reason, { cause }),
  }).finally(() => clearTimeout(timer));
}
