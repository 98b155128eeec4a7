import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { goQuote } from "../../go/quote.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { controlPlaneServer, localServer } from "../control-plane/servers.ts";
import { contextOf, type Kubeconfig } from "../kubeconfig/kubeconfig.ts";
import { requireKubeconfig } from "../kubeconfig/read-kubeconfig.ts";
import { writeKubeconfig } from "../kubeconfig/write-kubeconfig.ts";
import { kubeletKubeconfigPath } from "../paths.ts";

/** Another server for the kubelet of a control plane. */
export interface ServerChange {
  readonly from: string;
  readonly to: string;
  /** kubelet.conf with the other server. Contains credentials. */
  readonly content: string;
}

/**
 * Returns the change of kubelet.conf that makes the kubelet of a control plane use its own API server: a kubelet must not
 * be newer than the API server that it talks to, and the one behind the cluster's endpoint may be older. Undefined if
 * there is no such file, or if its server is not the cluster's endpoint.
 */
export async function localServerChange(
  node: Pick<ControlPlaneNode, "localAPIEndpoint" | "cluster">,
  files: Pick<Files, "readText">,
): Promise<ServerChange | undefined> {
  const kubeconfig = await kubeletKubeconfig(files);
  if (kubeconfig === undefined) return undefined;
  const name = contextOf(kubeconfig)?.context.cluster;
  const current = kubeconfig.clusters.find((entry) => entry.name === name)?.cluster;
  if (current === undefined) {
    const message = `cannot find cluster for active context in kubeconfig ${goQuote(kubeletKubeconfigPath)}`;
    throw new KubeadmError("KUBECONFIG_INVALID", message, { details: { path: kubeletKubeconfigPath } });
  }
  const [from, to] = [controlPlaneServer(node), localServer(node)];
  if (current.server !== from || from === to) return undefined;
  return { from, to, content: writeKubeconfig(withServerOf(kubeconfig, name, to)) };
}

/** Undefined if there is no such file, or if it is a link to none. */
async function kubeletKubeconfig(files: Pick<Files, "readText">): Promise<Kubeconfig | undefined> {
  try {
    return await requireKubeconfig(files, kubeletKubeconfigPath);
  } catch (error) {
    const { cause } = error instanceof KubeadmError ? error : { cause: undefined };
    if (cause instanceof FileError && cause.code === "not-found") return undefined;
    throw error;
  }
}

function withServerOf(kubeconfig: Kubeconfig, name: string | undefined, server: string): Kubeconfig {
  const clusters = kubeconfig.clusters.map((entry) =>
    entry.name === name ? { ...entry, cluster: { ...entry.cluster, server } } : entry,
  );
  return { ...kubeconfig, clusters };
}
