import { ApiStatusError, type Cluster } from "../../cluster/cluster.ts";
import { type NodeObject, nodes } from "../../cluster/resources.ts";
import { TransportError } from "../../cluster/transport.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";

/**
 * Refuses a name that a Ready Node bears: two kubelets of one name fight over the Node, and a worker can in this way take
 * a control plane's. A Node that is not Ready may be joined again; it is given back so that this can be told.
 */
export async function requireFreeNodeName(
  cluster: Cluster,
  nodeName: string,
  signal: AbortSignal,
): Promise<NodeObject | undefined> {
  const node = await find(cluster, nodeName, signal);
  if (node === undefined) return undefined;
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status !== "True") return node;
  const addresses = (node.status?.addresses ?? []).map(({ type, address }) => `${type} ${address}`).join(", ");
  throw new KubeadmError(
    "NODE_NAME_TAKEN",
    `a Node with name "${nodeName}" and status "Ready" already exists in the cluster. You must delete the existing Node or change the name of this new joining Node`,
    {
      details: { node: nodeName, addresses, machineId: node.status?.nodeInfo?.["machineID"] },
      remedy: `The existing node has the addresses ${addresses || "unknown"}. Choose another name with --node-name, or remove it: \`kubectl delete node ${nodeName}\`.`,
    },
  );
}

async function find(cluster: Cluster, nodeName: string, signal: AbortSignal): Promise<NodeObject | undefined> {
  try {
    return await cluster.get(nodes, { name: nodeName }, { signal });
  } catch (error) {
    if (error instanceof ApiStatusError && error.status === 404) return undefined;
    if (!(error instanceof ApiStatusError) && !(error instanceof TransportError)) throw error;
    const code = error instanceof ApiStatusError && error.status === 401 ? "TOKEN_REJECTED" : "CLUSTER_REQUEST_FAILED";
    throw new KubeadmError(code, `cannot get Node "${nodeName}": ${error.message}`, { cause: error });
  }
}
