import { throwIfAborted } from "../../async/signal.ts";
import { type ContainerRuntime, ContainerRuntimeError } from "../../cri/container-runtime.ts";
import { type Files, type Network, NetworkError } from "../../host/host.ts";
import { lastFlag, readManifestContainer } from "../control-plane/component-endpoints.ts";
import { staticPodContainers } from "../control-plane/static-pod-containers.ts";

/** Milliseconds for an answer from this machine itself. */
const probeMs = 500;
const callMs = 2_000;
/** Upstream's manifest has none of its own; etcd ends within milliseconds when it is asked to. */
const graceMs = 10_000;
const metric = /^etcd_server_proposals_applied_total (\S+)$/m;

/**
 * The last entry of the log that the etcd of this machine has applied, by the metrics that it serves from its start on, before
 * it serves clients. Undefined where they cannot be had.
 */
export async function appliedIndexOfLocalEtcd(
  { files, network }: { readonly files: Pick<Files, "readText">; readonly network: Pick<Network, "probe"> },
  signal: AbortSignal,
): Promise<number | undefined> {
  const { argv } = await readManifestContainer("etcd", files);
  const [url] = (lastFlag(argv, "listen-metrics-urls") ?? "").split(",").filter((each) => each.startsWith("http://"));
  if (url === undefined) return undefined;
  try {
    const { body } = await network.probe(`${url}/metrics`, { signal, timeoutMs: probeMs });
    const value = metric.exec(body)?.[1];
    return value === undefined ? undefined : Number(value);
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof NetworkError) return undefined;
    throw error;
  }
}

type Runtime = Pick<ContainerRuntime, "podSandboxes" | "containers" | "stopContainer" | "close">;

/**
 * Ends the container of the etcd of this machine, so that its kubelet starts it again. False where it was left running: there
 * is none, no runtime, or it is not the first one of its Pod, so that the kubelet would let time pass before another. True
 * as soon as the runtime was asked to end it, whatever it answered.
 */
export async function restartLocalEtcd(
  { nodeName, runtime }: { readonly nodeName: string; readonly runtime: Runtime },
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const running = await firstContainer(nodeName, runtime, signal);
    if (running === undefined) return false;
    await end(running.id, runtime, signal);
    return true;
  } finally {
    runtime.close();
  }
}

async function firstContainer(nodeName: string, runtime: Runtime, signal: AbortSignal) {
  try {
    const containers = await staticPodContainers("etcd", { runtime, nodeName, signal, timeoutMs: callMs });
    return containers.find(({ state, attempt }) => state === "running" && attempt === 0);
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof ContainerRuntimeError) return undefined;
    throw error;
  }
}

async function end(id: string, runtime: Runtime, signal: AbortSignal): Promise<void> {
  try {
    await runtime.stopContainer(id, { signal, timeoutMs: callMs + graceMs, graceMs });
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof ContainerRuntimeError)) throw error;
  }
}
