import { throwIfAborted } from "../../../async/signal.ts";
import { isKubeadmError, KubeadmError } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";
import { FileError, type Network, NetworkError } from "../../../host/host.ts";
import { lastFlag, readComponentEndpoints, readManifestContainer } from "../../control-plane/component-endpoints.ts";
import type { ControlPlaneNode } from "../../control-plane/control-plane-node.ts";
import { controlPlaneComponents } from "../../control-plane/write-component-manifests.ts";
import type { StaticPodName } from "../../control-plane/write-manifest.ts";
import { runningPods, withRuntime } from "./running-pods.ts";
import type { StaticPodPorts } from "./static-pod-change.ts";

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
    if (await isVisible(component, ports)) continue;
    const url = await urlOf(component, node, ports);
    if (url === undefined || !(await answers(url, ports))) continue;
    // It may have started meanwhile.
    if (await isVisible(component, ports)) continue;
    throw mismatch(component, url, node);
  }
}

async function isVisible(component: StaticPodName, ports: VisiblePodsPorts): Promise<boolean> {
  return (await withRuntime(ports, (runtime) => runningPods(component, runtime, ports))).length > 0;
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

/** Any status is an answer. */
async function answers(url: string, { network, signal }: VisiblePodsPorts): Promise<boolean> {
  try {
    await network.probe(url, { signal, timeoutMs: probeTimeoutMs });
    return true;
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof NetworkError)) throw error;
    return false;
  }
}

function mismatch(component: StaticPodName, url: string, { nodeRegistration: { criSocket } }: Components) {
  const message = `the container runtime at ${goQuote(criSocket)} does not show the Pod of ${component}, which answers at ${url}`;
  return new KubeadmError("CONTAINER_RUNTIME_MISMATCH", message, { details: { component, criSocket, url } });
}
