import type { Cluster } from "../../cluster/cluster.ts";
import { hasStartedService } from "../../journal/unfinished-run.ts";
import { requireFreeNodeName } from "../../kubeadm/bootstrap/node-name-collision.ts";
import type { ClusterState } from "../../kubeadm/cluster-objects/read-cluster-state.ts";
import { clusterOf, type Kubeconfig } from "../../kubeadm/kubeconfig/kubeconfig.ts";
import { effectiveNodeName } from "../../kubeadm/kubelet/kubelet-environment.ts";
import { readMachineId } from "../../kubeadm/kubelet/machine-id.ts";
import { nodeAddressProblem } from "../../kubeadm/kubelet/node-address.ts";
import { defined } from "../../values/defined.ts";
import type { Run } from "../../workflow/fact.ts";
import type { JoinContext } from "./context.ts";

interface JoiningNode {
  readonly discovered: Kubeconfig;
  readonly cluster: Cluster;
  readonly state: ClusterState;
}

export function nodeNameOf({ context }: Run<JoinContext>): string {
  const { name, kubeletExtraArgs } = context.options.configuration.nodeRegistration;
  return effectiveNodeName(name, kubeletExtraArgs);
}

/** Checks, before anything changes, whether the cluster can take a Node of this name and address. */
export async function checkNode(
  nodeName: string,
  { discovered, cluster, state }: JoiningNode,
  run: Run<JoinContext>,
): Promise<void> {
  const [, addressProblem] = await Promise.all([
    warnOfTakenOverNode(cluster, nodeName, run),
    problemOfAddress({ nodeName, server: clusterOf(discovered).server, state }, run),
  ]);
  if (addressProblem === undefined) return;
  run.events.emit("warning", { area: "kubelet-start", message: addressProblem });
}

/** The kubelet chooses the address of the Node itself: without this check, a wrong one shows only later. */
function problemOfAddress(
  { nodeName, server, state }: { readonly nodeName: string; readonly server: string; readonly state: ClusterState },
  { context, signal }: Run<JoinContext>,
): Promise<string | undefined> {
  const { nodeRegistration, controlPlane } = context.options.configuration;
  const reference =
    controlPlane === undefined ? { server } : { advertised: controlPlane.localAPIEndpoint.advertiseAddress };
  const node = { name: nodeName, kubeletArguments: nodeRegistration.kubeletExtraArgs, reference };
  const { podSubnet, serviceSubnet } = state.clusterConfiguration.networking;
  return nodeAddressProblem({ ...node, podSubnet, serviceSubnet }, { network: context.host.network, signal });
}

/** A Node that is not Ready may join again; upstream takes it over silently. */
async function warnOfTakenOverNode(cluster: Cluster, nodeName: string, run: Run<JoinContext>): Promise<void> {
  const { host, inspectServer, options } = run.context;
  const ownMachineId = await machineIdOfUnfinishedRun(run);
  const taken = await requireFreeNodeName(nodeName, {
    ...defined({ ownMachineId }),
    cluster,
    inspect: inspectServer,
    clock: host.clock,
    events: run.events,
    signal: run.signal,
    timeoutMs: options.configuration.timeouts.kubernetesAPICall,
  });
  if (taken === undefined) return;
  const machineId = taken.status?.nodeInfo?.["machineID"] ?? "";
  const owner = machineId === "" ? "" : ` (machine id ${machineId})`;
  const message = `the cluster already has a Node "${nodeName}"${owner}, which is not Ready: this machine takes it over`;
  run.events.emit("warning", { area: "kubelet-start", message });
}

/** A kubelet that an interrupted run started may have registered its Node: it is this machine's if their ids are the same. */
async function machineIdOfUnfinishedRun({ context }: Run<JoinContext>): Promise<string | undefined> {
  const journal = context.record?.resumed?.journal;
  return journal !== undefined && hasStartedService(journal) ? readMachineId(context.host.files) : undefined;
}
