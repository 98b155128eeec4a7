import { started } from "../../async/started.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import type { Connections } from "../../cluster/connections.ts";
import { withContext } from "../../errors/kubeadm-error.ts";
import { goQuote } from "../../go/quote.ts";
import { type KubeconfigPorts, loadKubeconfigFor, openKubeconfig } from "../kubeconfig/open-kubeconfig.ts";
import { kubeletKubeconfigPath } from "../paths.ts";

/** The clients of an upgrade. */
export interface UpgradeClients {
  /** Opens the client of the administrator's kubeconfig. */
  readonly administrator: () => Promise<Cluster>;
  /** Opens the client of this machine's kubelet.conf. */
  readonly kubelet: () => Promise<Cluster>;
}

/** Returns the clients of an upgrade by the administrator of the kubeconfig; on a worker, that is the kubelet. */
export function openForUpgrade(
  kubeconfigPath: string,
  ports: KubeconfigPorts & { readonly connections: Connections },
): UpgradeClients {
  const open = async (path: string): Promise<Cluster> =>
    openKubeconfig(await loadKubeconfigFor("failed to load admin kubeconfig", path, ports.files), path, ports);
  let opened: Promise<Cluster> | undefined;
  const kubelet = () => {
    opened ??= started(open(kubeletKubeconfigPath));
    return opened;
  };
  return {
    administrator: async () => {
      try {
        return await (kubeconfigPath === kubeletKubeconfigPath ? kubelet() : open(kubeconfigPath));
      } catch (error) {
        throw withContext(error, `couldn't create a Kubernetes client from file ${goQuote(kubeconfigPath)}`);
      }
    },
    kubelet,
  };
}
