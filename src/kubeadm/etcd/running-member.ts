import { orElse, unlessAborted } from "../../async/or-else.ts";
import { type ContainerRuntime, ContainerRuntimeError } from "../../cri/container-runtime.ts";
import { type Files, type Network, NetworkError } from "../../host/host.ts";
import { lastFlag, readManifestContainer } from "../control-plane/component-endpoints.ts";
import { staticPodContainers } from "../control-plane/static-pod-containers.ts";

/** Timeout of a request to this machine, in milliseconds. */
const probeMs = 500;
const callMs = 2_000;
/**
 * Termination grace period in milliseconds. Upstream's manifest sets none; etcd exits within milliseconds when asked
 * to.
 */
const graceMs = 10_000;
const metric = /^etcd_server_proposals_applied_total (\S+)$/m;

/**
 * Returns the index of the last log entry that this machine's etcd has applied, from its metrics, which it serves from
 * its start, before it serves clients. Undefined if they are not available.
 */
export async function appliedIndexOfLocalEtcd(
  { files, network }: { readonly files: Pick<Files, "readText">; readonly network: Pick<Network, "probe"> },
  signal: AbortSignal,
): Promise<number | undefined> {
  const { argv } = await readManifestContainer("etcd", files);
  const [url] = (lastFlag(argv, "listen-metrics-urls") ?? "").split(",").filter((each) => each.startsWith("http://"));
  if (url === undefined) return undefined;
  return orElse(undefined, unlessAborted(signal, NetworkError), async () => {
    const { body } = await network.probe(`${url}/metrics`, { signal, timeoutMs: probeMs });
    const value = metric.exec(body)?.[1];
    return value === undefined ? undefined : Number(value);
  });
}

type Runtime = Pick<ContainerRuntime, "podSandboxes" | "containers" | "stopContainer" | "close">;

/**
 * Stops the container of this machine's etcd, so that the kubelet restarts it. Returns false if it was left running:
 * there is no container or no runtime, or it is not the first container of its Pod, so that the kubelet would back off
 * before a restart. Returns true once the runtime was asked to stop it, whatever the response.
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
  return orElse(undefined, unlessAborted(signal, ContainerRuntimeError), async () => {
    const containers = await staticPodContainers("etcd", { runtime, nodeName, signal, timeoutMs: callMs });
    return containers.find(({ state, attempt }) => state === "running" && attempt === 0);
  });
}

async function end(id: string, runtime: Runtime, signal: AbortSignal): Promise<void> {
  await orElse(undefined, unlessAborted(signal, ContainerRuntimeError), () =>
    runtime.stopContainer(id, { signal, timeoutMs: callMs + graceMs, graceMs }),
  );
}
