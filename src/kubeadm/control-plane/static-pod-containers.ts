import type { Container, ContainerRuntime, PodSandbox } from "../../cri/container-runtime.ts";
import type { StaticPodName } from "./write-manifest.ts";

export interface StaticPodPlace {
  readonly runtime: Pick<ContainerRuntime, "podSandboxes" | "containers">;
  /** The name of the kubelet's Node; the names of its static Pods end in it. */
  readonly nodeName: string;
  readonly signal: AbortSignal;
  /** Timeout of each call to the runtime, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Returns the containers of a component on this machine, oldest attempt first; only those of its current Pod if there
 * is one.
 */
export async function staticPodContainers(
  component: StaticPodName,
  place: StaticPodPlace,
): Promise<readonly Container[]> {
  const { runtime, signal, timeoutMs } = place;
  const options = { signal, timeoutMs };
  const own = await staticPodSandboxes(component, place);
  const present = own.filter(({ ready }) => ready);
  const sandboxes = present.length > 0 ? present : own;
  const lists = await Promise.all(sandboxes.map(({ id }) => runtime.containers(id, options)));
  return lists
    .flat()
    .filter(({ name }) => name === component)
    .toSorted((left, right) => left.attempt - right.attempt);
}

/** Returns the Pods of a component on this machine, also those that the kubelet has stopped. */
export async function staticPodSandboxes(
  component: StaticPodName,
  {
    runtime,
    nodeName,
    signal,
    timeoutMs,
  }: Omit<StaticPodPlace, "runtime"> & {
    readonly runtime: Pick<ContainerRuntime, "podSandboxes">;
  },
): Promise<readonly PodSandbox[]> {
  const pod = { namespace: "kube-system", name: `${component}-${nodeName}` };
  // The runtime selects: a list of thousands of Pods takes seconds to read, for each component.
  return (await runtime.podSandboxes({ signal, timeoutMs, pod })).filter(
    ({ name, namespace }) => namespace === pod.namespace && name === pod.name,
  );
}
