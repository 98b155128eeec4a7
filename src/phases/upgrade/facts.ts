import { throwIfAborted } from "../../async/signal.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { messageOf } from "../../errors/kubeadm-error.ts";
import { silentEvents } from "../../events/events.ts";
import type { ClusterWritePorts } from "../../kubeadm/cluster-objects/write-objects.ts";
import {
  type ComponentConfigurations,
  completeComponents,
} from "../../kubeadm/config/components/component-configurations.ts";
import { requireRootfulControlPlane } from "../../kubeadm/config/fields/feature-gates.ts";
import type { ControlPlaneNode } from "../../kubeadm/control-plane/control-plane-node.ts";
import { explainLostQuorum } from "../../kubeadm/upgrade/etcd/explain-lost-quorum.ts";
import { explainRejection } from "../../kubeadm/upgrade/explain-rejection.ts";
import { readApiEndpoint } from "../../kubeadm/upgrade/node/api-endpoint.ts";
import { controlPlaneToUpgrade } from "../../kubeadm/upgrade/node/control-plane-to-upgrade.ts";
import { kubeletSocket } from "../../kubeadm/upgrade/node/kubelet-socket.ts";
import { findThisNode } from "../../kubeadm/upgrade/node/this-node.ts";
import { openForUpgrade, type UpgradeClients } from "../../kubeadm/upgrade/open-for-upgrade.ts";
import {
  readClusterConfiguration,
  readComponentConfigurations,
  type StoredComponents,
} from "../../kubeadm/upgrade/read-configuration.ts";
import type { TargetRelease } from "../../kubeadm/upgrade/versions/target-release.ts";
import { defined } from "../../values/defined.ts";
import { localAdminClusterOf } from "../open-cluster.ts";
import { findTarget } from "./apply/find-target.ts";
import type { UpgradeContext, UpgradeFact, UpgradeRun } from "./context.ts";
import { finishFirst, isUnanswered, rememberVersion, resumesControlPlane } from "./unfinished-upgrade.ts";
import { recalledNode, rememberedNode, type UpgradedNode } from "./upgraded-node.ts";

const nodeKey = "upgradedNode";
/** Milliseconds for each response from a cluster whose control plane may be half upgraded. */
const interruptedAnswerMs = 10_000;

/** What an earlier run of this command, to the same version, has read before it stopped in the phase control-plane. */
const previousNode: UpgradeFact<UpgradedNode | undefined> = {
  name: "node of the interrupted upgrade",
  load: async ({ context: { record }, value }) => {
    const requested = await value(target);
    if (record === undefined || !resumesControlPlane(record, requested?.kubernetesVersion)) return undefined;
    return recalledNode(record.recall(nodeKey));
  },
};

/**
 * The configuration of the cluster and of this node, as upstream reads it before any phase. A run that continues where the
 * control plane was interrupted may find no API server that answers: it uses what the earlier run has read.
 */
export const upgradedNode: UpgradeFact<UpgradedNode> = {
  name: "node to upgrade",
  load: async (run) => {
    const { record, options } = run.context;
    const previous = await run.value(previousNode);
    try {
      const node = await readNode(run);
      rememberVersion(node.cluster.kubernetesVersion, run);
      if (options.role === "control-plane") record?.notes.remember(nodeKey, rememberedNode(node));
      return node;
    } catch (error) {
      throwIfAborted(run.signal);
      if (!isUnanswered(error)) throw await explained(error, run);
      if (previous === undefined) throw await unanswered(error, run);
      const message = `the cluster does not respond, because the control plane was interrupted: the upgrade continues with what it read before: ${messageOf(error)}`;
      run.events.emit("warning", { area: "upgrade", message });
      return previous;
    }
  },
};

async function explained(error: unknown, { context }: UpgradeRun): Promise<unknown> {
  return explainRejection(error, context.options.kubeconfigPath, context.host);
}

async function unanswered(error: unknown, { context, signal }: UpgradeRun): Promise<unknown> {
  const { host, record, options, connectEtcd } = context;
  const unfinished = finishFirst(error, record);
  if (unfinished !== undefined) return unfinished;
  if (options.role === "worker") return error;
  return explainLostQuorum(error, { files: host.files, connectEtcd, signal });
}

async function readNode(run: UpgradeRun): Promise<UpgradedNode> {
  const { role } = run.context.options;
  const requests = await firstRequests(run);
  // All are read in parallel. What upstream reads first fails first.
  const showComponents = run.prefetch(storedComponents);
  const showNodeName = run.prefetch(ownNodeName);
  const cluster = await readClusterConfiguration("upgrade", requests);
  showComponents();
  const components = await run.value(storedComponents);
  showNodeName();
  const nodeName = await run.value(ownNodeName);
  const criSocket = await kubeletSocket(nodeName, { host: run.context.host, events: run.events, signal: run.signal });
  const localAPIEndpoint = role === "worker" ? undefined : await ownEndpoint(nodeName, requests, run);
  // Upstream sets the defaults here, and says which of the cluster's values differ from them.
  completeComponents(components, cluster, localAPIEndpoint?.advertiseAddress ?? "", run.events);
  if (role === "control-plane") requireRootfulControlPlane(cluster.featureGates);
  return {
    ...{ nodeName, components, criSocket },
    cluster: { ...cluster, ...(await run.value(target)) },
    ...defined({ localAPIEndpoint }),
  };
}

async function ownEndpoint(nodeName: string, requests: ClusterWritePorts, { context }: UpgradeRun) {
  return readApiEndpoint(nodeName, { ...requests, files: context.host.files });
}

const storedComponents: UpgradeFact<StoredComponents> = {
  name: "component configurations of the cluster",
  load: async (run) => readComponentConfigurations(await firstRequests(run)),
};

/** The name of this machine's Node, which exists. */
const ownNodeName: UpgradeFact<string> = {
  name: "name of this machine's Node",
  load: async (run) => {
    const { kubelet: openKubelet } = await run.value(clients);
    return findThisNode({ ...(await firstRequests(run)), host: run.context.host, openKubelet });
  },
};

/** Returns the ports of the first requests: a cluster whose control plane was interrupted must answer soon. */
async function firstRequests(run: UpgradeRun): Promise<ClusterWritePorts> {
  const isInterrupted = (await run.value(previousNode)) !== undefined;
  return { ...(await clusterWrites(run)), ...(isInterrupted ? { timeoutMs: interruptedAnswerMs } : {}) };
}

/** The cluster's component configurations with the defaults of this version; the user's values are kept. */
export const completedComponents: UpgradeFact<ComponentConfigurations> = {
  name: "component configurations",
  load: async ({ value }) => {
    const { cluster, components, localAPIEndpoint } = await value(upgradedNode);
    // Its warnings were given when the node was read.
    const completed = completeComponents(components, cluster, localAPIEndpoint?.advertiseAddress ?? "", silentEvents);
    const userSupplied = [...completed.userSupplied].filter((kind) => !components.generated.has(kind));
    return { ...completed, userSupplied: new Set(userSupplied) };
  },
};

/** The node as a control plane of the new version; only for one. */
export const controlPlaneNode: UpgradeFact<ControlPlaneNode> = {
  name: "control-plane node",
  load: async ({ context, value }) => {
    const { timeouts, imagePullPolicy, imagePullSerial } = context.options;
    const { nodeName, cluster, criSocket, localAPIEndpoint } = await value(upgradedNode);
    if (localAPIEndpoint === undefined) throw new TypeError("a worker has no control-plane node");
    const registration = { name: nodeName, criSocket, imagePullPolicy, imagePullSerial };
    return controlPlaneToUpgrade({ ...registration, localAPIEndpoint, cluster, timeouts });
  },
};

/** The client of --kubeconfig, for the API server of this machine, whatever server the kubeconfig names. */
export const localAdminCluster = localAdminClusterOf(
  controlPlaneNode,
  ({ options }: UpgradeContext) => options.kubeconfigPath,
);

/** The release that `upgrade apply` upgrades to; nothing for `upgrade node`, which follows the cluster's configuration. */
export const target: UpgradeFact<TargetRelease | undefined> = {
  name: "target release",
  load: async (run) => {
    const { apply } = run.context.options;
    if (apply === undefined) return undefined;
    return findTarget(apply.requestedVersion, run);
  },
};

const clients: UpgradeFact<UpgradeClients> = {
  name: "clients",
  load: async ({ context, events, signal }) => {
    const { files, commands, machine } = context.host;
    const { connections, options } = context;
    return openForUpgrade(options.kubeconfigPath, {
      ...{ files, commands, environment: machine.environment, events, signal, connections },
    });
  },
};

/** The cluster, by the administrator of --kubeconfig. */
const administrator: UpgradeFact<Cluster> = {
  name: "administrator's client",
  load: async ({ value }) => (await value(clients)).administrator(),
};

/** Returns the ports with which a phase reads from the cluster and writes to it. */
export async function clusterWrites({ context, events, signal, value }: UpgradeRun): Promise<ClusterWritePorts> {
  const { host, options } = context;
  const { dryRun: inTurn, timeouts } = options;
  return {
    ...{ cluster: await value(administrator), clock: host.clock, events, signal, inTurn },
    timeoutMs: timeouts.kubernetesAPICall,
  };
}
