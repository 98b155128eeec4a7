import { throwIfAborted } from "../../../async/signal.ts";
import { isKubeadmError, KubeadmError } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";
import { FileError } from "../../../host/file-error.ts";
import { type Network, NetworkError } from "../../../host/host.ts";
import { lastFlag, readComponentEndpoints, readManifestContainer } from "../../control-plane/component-endpoints.ts";
import type { ControlPlaneNode } from "../../control-plane/control-plane-node.ts";
import { newestPod, type StaticPodPorts } from "../../control-plane/replacement/running-pods.ts";
import { controlPlaneComponents } from "../../control-plane/write-component-manifests.ts";
import type { StaticPodName } from "../../control-plane/write-manifest.ts";

export type VisiblePodsPorts = Pick<StaticPodPorts, "files" | "connectRuntime" | "nodeName" | "signal"> & {
  readonly network: Pick<Network, "probe">;
};

type Components = Pick<ControlPlaneNode, "localAPIEndpoint" | "nodeRegistration">;

const probeTimeoutMs = 1_000;

/**
 * Checks that the container runtime shows the Pods of the components that answer on this machine. With the socket of
 * another runtime no Pod is seen, which looks as if all had been stopped. Throws CONTAINER_RUNTIME_MISMATCH.
 */
export async function requireVisiblePods(node: Components, ports: VisiblePodsPorts): Promise<void> {
  for (const component of ["etcd", ...controlPlaneComponents] as const) {
    if ((await newestPod(component, ports)) !== undefined) continue;
    const url = await urlOf(component, node, ports);
    // Any status is an answer.
    if (url === undefined || (await probeFailure(url, ports)) !== undefined) continue;
    // It may have started meanwhile.
    if ((await newestPod(component, ports)) !== undefined) continue;
    throw mismatch(component, url, node);
  }
}

/** Returns where a component answers without a client certificate; undefined if its manifest does not say. */
async function urlOf(
  component: StaticPodName,
  node: Components,
  { files }: VisiblePodsPorts,
): Promise<string | undefined> {
  try {
    if (component !== "etcd") return (await readComponentEndpoints([component], node, files))[0]?.url;
    const { argv } = await readManifestContainer(component, files);
    const [url = ""] = (lastFlag(argv, "listen-metrics-urls") ?? "").split(",");
    return URL.canParse(url) ? new URL("/livez", url).href : undefined;
  } catch (error) {
    // A manifest that is missing or invalid is found later, with its own message.
    const isUnreadable = error instanceof FileError || (isKubeadmError(error) && error.code === "MANIFEST_INVALID");
    if (!isUnreadable) throw error;
    return undefined;
  }
}

/** Returns why a component does not respond. */
export async function probeFailure(
  url: string,
  { network, signal }: Pick<VisiblePodsPorts, "network" | "signal">,
): Promise<NetworkError | undefined> {
  try {
    await network.probe(url, { signal, timeoutMs: probeTimeoutMs });
    return undefined;
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof NetworkError)) throw error;
    return error;
  }
}

function mismatch(component: StaticPodName, url: string, { nodeRegistration: { criSocket } }: Components) {
  const message = `the container runtime at ${goQuote(criSocket)} does not show the Pod of ${component}, which responds at ${url}`;
  return new KubeadmError("CONTAINER_RUNTIME_MISMATCH", message, { details: { component, criSocket, url } });
}
