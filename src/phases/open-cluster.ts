import type { Cluster } from "../cluster/cluster.ts";
import type { Connections } from "../cluster/connections.ts";
import type { Host } from "../host/host.ts";
import type { ControlPlaneNode } from "../kubeadm/control-plane/control-plane-node.ts";
import { localServer } from "../kubeadm/control-plane/servers.ts";
import { type Kubeconfig, withServer } from "../kubeadm/kubeconfig/kubeconfig.ts";
import { type KubeconfigPorts, loadKubeconfigFor, openKubeconfig } from "../kubeadm/kubeconfig/open-kubeconfig.ts";
import type { Fact, Run } from "../workflow/fact.ts";

interface ClusterContext {
  readonly host: Host;
  readonly connections: Connections;
}

type OpeningRun = Pick<Run<ClusterContext>, "context" | "events" | "signal">;

/** Returns a client for the current context of a kubeconfig; `path` is the kubeconfig's, for messages. */
export function openCluster(kubeconfig: Kubeconfig, path: string, run: OpeningRun): Promise<Cluster> {
  return openKubeconfig(kubeconfig, path, { ...kubeconfigPorts(run), connections: run.context.connections });
}

/** Returns a client of the cluster's administrator by the kubeconfig at a path, to `server` if it is given. */
export async function openAdmin(path: string, run: OpeningRun, server?: string): Promise<Cluster> {
  const kubeconfig = await loadKubeconfigFor("failed to load admin kubeconfig", path, run.context.host.files);
  return openCluster(server === undefined ? kubeconfig : withServer(kubeconfig, server), path, run);
}

export function kubeconfigPorts({ context, events, signal }: OpeningRun): KubeconfigPorts {
  const { files, commands, machine } = context.host;
  return { files, commands, environment: machine.environment, events, signal };
}

/**
 * A fact: the administrator's client of the API server of this machine, whatever the cluster's controlPlaneEndpoint is. A
 * new administrator may have no rights yet: enough to check the health of the server.
 */
export function localAdminClusterOf<Context extends ClusterContext>(
  node: Fact<Context, ControlPlaneNode>,
  pathOf: (context: Context) => string,
): Fact<Context, Cluster> {
  return {
    name: "administrator's client of the local API server",
    load: async (run) => openAdmin(pathOf(run.context), run, localServer(await run.value(node))),
  };
}
