import { release, totalmem } from "node:os";
import { ApiStatusError, type KubernetesObject, type ResourceType } from "../../cluster/cluster.ts";
import { type NodeCondition, type NodeObject, nodes } from "../../cluster/resources.ts";
import type { ApiClient } from "./api-client.ts";
import type { KubeletSettings } from "./settings.ts";

interface Lease extends KubernetesObject {
  readonly spec?: {
    readonly holderIdentity: string;
    readonly leaseDurationSeconds: number;
    readonly renewTime: string;
  };
}

const leases: ResourceType<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};
/** The input for a Node object. */
export type NodeSettings = Pick<KubeletSettings, "nodeName" | "labels" | "taints"> & {
  readonly internalAddress: string;
  /** The kubelet's release. */
  readonly version: string;
};

const leaseNamespace = "kube-node-lease";

/** Creates the Node; an existing one keeps its spec, and gets the labels that a kubelet owns. */
export async function registerNode(api: ApiClient, settings: NodeSettings, signal: AbortSignal): Promise<void> {
  const node = newNode(settings);
  try {
    await api.create(nodes, node, { signal });
  } catch (error) {
    if (!isReason(error, "AlreadyExists")) throw error;
    const patch = { metadata: { labels: node.metadata?.labels } };
    await api.patch(nodes, { name: settings.nodeName }, patch, { patchType: "strategic", signal });
  }
}

/** A Node that is Ready stays so when its kubelet restarts. */
export async function reportNotReady(api: ApiClient, settings: NodeSettings, signal: AbortSignal): Promise<void> {
  const present = await api.get(nodes, { name: settings.nodeName }, { signal });
  if (present.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true) return;
  const status = { ...nodeStatus(settings), conditions: conditions(notReady) };
  await api.patchStatus(`/api/v1/nodes/${settings.nodeName}`, { status }, signal);
}

export async function reportReady(api: ApiClient, settings: NodeSettings, signal: AbortSignal): Promise<void> {
  const status = { ...nodeStatus(settings), conditions: conditions(ready) };
  await api.patchStatus(`/api/v1/nodes/${settings.nodeName}`, { status }, signal);
}

/** The node's heartbeat: created by the first call, renewed by later ones. */
export async function renewLease(api: ApiClient, nodeName: string, signal: AbortSignal): Promise<void> {
  const reference = { namespace: leaseNamespace, name: nodeName };
  const renewTime = `${new Date().toISOString().slice(0, -1)}000Z`;
  const spec = { holderIdentity: nodeName, leaseDurationSeconds: 40, renewTime };
  try {
    const present = await api.get(leases, reference, { signal });
    await api.update(leases, { ...present, spec: { ...present.spec, ...spec } }, { signal });
  } catch (error) {
    if (!isReason(error, "NotFound")) throw error;
    await api.create(leases, { metadata: reference, spec }, { signal, namespace: leaseNamespace });
  }
}

function isReason(error: unknown, reason: string): boolean {
  return error instanceof ApiStatusError && error.reason === reason;
}

function newNode(settings: NodeSettings): NodeObject {
  const { nodeName, taints } = settings;
  return {
    metadata: {
      name: nodeName,
      labels: {
        "beta.kubernetes.io/arch": architecture(),
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": architecture(),
        "kubernetes.io/hostname": nodeName,
        "kubernetes.io/os": "linux",
        ...settings.labels,
      },
      annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
    },
    spec: taints.length === 0 ? {} : { taints },
    status: { ...nodeStatus(settings), conditions: conditions(notReady) },
  };
}

function nodeStatus({ nodeName, internalAddress, version }: NodeSettings) {
  const resources = { cpu: "2", memory: `${Math.floor(totalmem() / 1024)}Ki`, pods: "110" };
  return {
    addresses: [
      { type: "InternalIP", address: internalAddress },
      { type: "Hostname", address: nodeName },
    ],
    capacity: resources,
    allocatable: resources,
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      architecture: architecture(),
      bootID: "",
      containerRuntimeVersion: "containerd://2.4.2",
      kernelVersion: release(),
      kubeProxyVersion: "",
      kubeletVersion: version,
      machineID: "",
      operatingSystem: "linux",
      osImage: "Debian GNU/Linux",
      systemUUID: "",
    },
  };
}

type ConditionState = Readonly<Record<"status" | "reason" | "message", string>>;

const notReady: ConditionState = {
  status: "False",
  reason: "KubeletNotReady",
  message:
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized",
};
const ready: ConditionState = { status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" };

function conditions(readiness: ConditionState): readonly NodeCondition[] {
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  const times = { lastHeartbeatTime: time, lastTransitionTime: time };
  const absent = (type: string, reason: string, message: string) => ({
    type,
    status: "False",
    reason,
    message,
    ...times,
  });
  return [
    absent("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    absent("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    absent("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    { type: "Ready", ...readiness, ...times },
  ];
}

function architecture(): string {
  return process.arch === "x64" ? "amd64" : process.arch;
}
