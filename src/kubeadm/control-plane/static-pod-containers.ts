import type { Container, ContainerRuntime } from "../../cri/container-runtime.ts";
import type { StaticPodName } from "./write-manifest.ts";

export interface StaticPodPlace {
  readonly runtime: Pick<ContainerRuntime, "podSandboxes" | "containers">;
  /** Name under which the kubelet registers: that of its static Pods ends in it. */
  readonly nodeName: string;
  readonly signal: AbortSignal;
  /** Milliseconds for each answer of the runtime. */
  readonly timeoutMs: number;
}

/** The containers of a component on this machine, oldest attempt first; those of its present Pod where there is one. */
export async function staticPodContainers(
  component: StaticPodName,
  { runtime, nodeName, signal, timeoutMs }: StaticPodPlace,
): Promise<readonly Container[]> {
  const options = { signal, timeoutMs };
  const own = (await runtime.podSandboxes(options)).filter(
    ({ name, namespace }) => namespace === "kube-system" && name === `${component}-${nodeName}`,
  );
  const present = own.filter(({ ready }) => ready);
  const sandboxes = present.length > 0 ? present : own;
  const lists = await Promise.all(sandboxes.map(({ id }) => runtime.containers(id, options)));
  return lists
    .flat()
    .filter(({ name }) => name === component)
    .toSorted((left, right) => left.attempt - right.attempt);
}
