import type { Cluster } from "../../../cluster/cluster.ts";
import { dryRunCluster } from "../../../cluster/dry-run.ts";
import type { Host } from "../../../host/host.ts";
import { shownObject } from "../../../kubeadm/cluster-objects/show-object.ts";
import { findKubeconfig } from "../../../kubeadm/kubeconfig/find-kubeconfig.ts";
import type { Kubeconfig } from "../../../kubeadm/kubeconfig/kubeconfig.ts";
import { loadKubeconfigFor, openKubeconfig } from "../../../kubeadm/kubeconfig/open-kubeconfig.ts";
import { openConnections } from "../../../kubeadm/open-connections.ts";
import { printingEvents } from "../../printing-session.ts";
import { machineOf } from "../machine.ts";
import type { TokenInvocation } from "./flags.ts";

export interface TokenCluster {
  readonly cluster: Cluster;
  readonly kubeconfig: Kubeconfig;
  /** Where the kubeconfig stands. */
  readonly path: string;
  readonly host: Host;
}

/** Does a command's work on the cluster that its flags and the environment name. */
export async function withTokenCluster(
  invocation: TokenInvocation,
  work: (opened: TokenCluster) => Promise<void>,
): Promise<number> {
  const { flags, ports } = invocation;
  const events = printingEvents(invocation);
  const [host, connectTransport] = await Promise.all([machineOf(invocation), ports.connectTransport()]);
  const { files, commands, clock } = host;
  const { environment, signal } = ports;
  const path = await pathOf(invocation, host);
  const what = flags["dry-run"] ? "failed to load kubeconfig" : "failed to load admin kubeconfig";
  const kubeconfig = await loadKubeconfigFor(what, path, files);
  const pool = openConnections({ connectTransport, environment, events, clock });
  try {
    const options = { files, commands, environment, events, signal, connections: pool };
    const opened = await openKubeconfig(kubeconfig, path, options);
    const cluster = flags["dry-run"] ? dryRunCluster(opened, { events, show: shownObject }) : opened;
    await work({ cluster, kubeconfig, path, host });
  } finally {
    pool.close();
  }
  return 0;
}

/** An empty flag is none, as upstream has it. */
async function pathOf({ changed, flags, ports }: TokenInvocation, { files }: Host): Promise<string> {
  if (changed.has("kubeconfig") && flags.kubeconfig !== "") return flags.kubeconfig;
  return findKubeconfig(files, ports.environment);
}
