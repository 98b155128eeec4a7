import type { ConnectTransport } from "../../cluster/transport.ts";
import type { Events } from "../../events/events.ts";
import type { Host } from "../../host/host.ts";
import type { ClusterWritePorts } from "../../kubeadm/cluster-objects/write-objects.ts";
import type { ApiEndpoint } from "../../kubeadm/config/join/join-configuration.ts";
import {
  loadUpgradeConfiguration,
  type UpgradeConfiguration,
} from "../../kubeadm/config/upgrade/load-upgrade-configuration.ts";
import { openConnections } from "../../kubeadm/open-connections.ts";
import { releaseServers } from "../../kubeadm/releases/connect-release-server.ts";
import { type ReleaseLabels, releaseLabels } from "../../kubeadm/releases/release-labels.ts";
import { explainRejection } from "../../kubeadm/upgrade/explain-rejection.ts";
import { readApiEndpoint } from "../../kubeadm/upgrade/node/api-endpoint.ts";
import { kubeletSocket } from "../../kubeadm/upgrade/node/kubelet-socket.ts";
import { findThisNode } from "../../kubeadm/upgrade/node/this-node.ts";
import { openForUpgrade } from "../../kubeadm/upgrade/open-for-upgrade.ts";

/** What a command that reads the cluster and changes no node works with. */
export interface OpenedCluster {
  readonly configuration: UpgradeConfiguration;
  readonly requests: ClusterWritePorts;
  /** The labels of the release servers. */
  readonly releases: () => ReleaseLabels;
  /** Finds this machine's Node, and the endpoint of its API server. */
  readonly readNode: () => Promise<{ readonly name: string; readonly localAPIEndpoint: ApiEndpoint }>;
}

/** Absolute paths. */
export interface ClusterPaths {
  /** The UpgradeConfiguration; defaults without it. */
  readonly config?: string | undefined;
  readonly kubeconfig: string;
}

export interface OpeningPorts {
  readonly host: Host;
  readonly connectTransport: ConnectTransport;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** Adds to the error of a configuration that cannot be used. */
  readonly explainConfig?: (error: unknown) => unknown;
}

/** Reads the UpgradeConfiguration, opens the cluster of the kubeconfig, and does a command's work on it. */
export async function withOpenedCluster<T>(
  { config, kubeconfig }: ClusterPaths,
  { host, connectTransport, events, signal, explainConfig }: OpeningPorts,
  work: (opened: OpenedCluster) => Promise<T>,
): Promise<T> {
  const { files, commands, clock, machine } = host;
  const { environment } = machine;
  const configuration = await loadUpgradeConfiguration(config, { files, events }).catch((error: unknown) => {
    throw explainConfig?.(error) ?? error;
  });
  const connections = openConnections({ connectTransport, environment, events, clock });
  const clients = openForUpgrade(kubeconfig, { files, commands, environment, events, signal, connections });
  try {
    const cluster = await clients.administrator();
    const requests = { cluster, clock, events, signal, timeoutMs: configuration.timeouts.kubernetesAPICall };
    return await work({
      configuration,
      requests,
      releases: () => releaseLabels({ connect: releaseServers(connections, host), clock, events, signal }),
      readNode: async () => {
        const name = await findThisNode({ ...requests, host, openKubelet: clients.kubelet });
        // Neither command needs it, but a file that is broken keeps the upgrade from working.
        await kubeletSocket(name, { host, events, signal });
        return { name, localAPIEndpoint: await readApiEndpoint(name, { ...requests, files }) };
      },
    });
  } catch (error) {
    throw await explainRejection(error, kubeconfig, host);
  } finally {
    connections.close();
  }
}
