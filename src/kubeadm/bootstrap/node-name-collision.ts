import type { Clock } from "../../async/clock.ts";
import { orElse } from "../../async/or-else.ts";
import { type Cluster, isNotFound } from "../../cluster/cluster.ts";
import type { InspectServer } from "../../cluster/https-inspection.ts";
import { type NodeObject, nodes } from "../../cluster/resources.ts";
import { remedyBefore } from "../../errors/decision.ts";
import { deletingNode } from "../../errors/destructive-steps.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { shell } from "../../values/shell.ts";
import { failureExplainer } from "../discovery/explain-failure.ts";
import { isOfMachine } from "../kubelet/machine-id.ts";
import { persist } from "../waiting/persist.ts";

export interface NodeNamePorts {
  readonly cluster: Cluster;
  readonly inspect: InspectServer;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** Of this machine, if an interrupted run may have registered the Node already; "" if the machine has none. */
  readonly ownMachineId?: string;
  /** timeouts.kubernetesAPICall in milliseconds. */
  readonly timeoutMs: number;
}

const pollEveryMs = 500;

/**
 * Throws if a Ready Node has this name: two kubelets with one name would fight over the Node, and a worker could take
 * over a control plane's Node. A Node that is not Ready may be joined again; it is returned so that the caller can
 * warn.
 */
export async function requireFreeNodeName(nodeName: string, ports: NodeNamePorts): Promise<NodeObject | undefined> {
  const node = await find(nodeName, ports);
  if (node === undefined) return undefined;
  if (ports.ownMachineId !== undefined && isOfMachine(node, ports.ownMachineId)) return undefined;
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status !== "True") return node;
  const addresses = (node.status?.addresses ?? []).map(({ type, address }) => `${type} ${address}`).join(", ");
  throw new KubeadmError(
    "NODE_NAME_TAKEN",
    `a Node with name "${nodeName}" and status "Ready" already exists in the cluster. You must delete the existing Node or change the name of this new joining Node`,
    {
      details: { node: nodeName, addresses, machineId: node.status?.nodeInfo?.["machineID"] },
      remedy: remedyBefore(
        `The existing node has the addresses ${addresses || "unknown"}. Choose another name with --node-name.`,
        deletingNode({ id: "taken-name", command: shell`kubectl delete node ${nodeName}` }),
      ),
    },
  );
}

/**
 * Reads the Node, with retries. Upstream asks once; a brief failure of the server should not end a join this far along.
 */
async function find(nodeName: string, ports: NodeNamePorts): Promise<NodeObject | undefined> {
  const { cluster, clock, events, signal } = ports;
  return persist<NodeObject | undefined>({
    what: `Node "${nodeName}" at ${cluster.server}`,
    attempt: async (attemptSignal, timeoutMs) => {
      return orElse(undefined, isNotFound, () =>
        cluster.get(nodes, { name: nodeName }, { signal: attemptSignal, timeoutMs }),
      );
    },
    ...failureExplainer({
      server: cluster.server,
      proxy: cluster.proxy,
      isDiscovered: true,
      context: `cannot get Node "${nodeName}"`,
      refusal: { code: "CLUSTER_REQUEST_FAILED", remedy: mayNotRead },
      inspect: ports.inspect,
      now: () => clock.now(),
      signal,
    }),
    deadlineMs: ports.timeoutMs,
    everyMs: () => pollEveryMs,
    clock,
    events,
    signal,
  });
}

const mayNotRead =
  "The joining identity may not read Nodes: restore kubeadm's roles with `kubeadm init phase bootstrap-token`, or use a token of the group system:bootstrappers:kubeadm:default-node-token.";
