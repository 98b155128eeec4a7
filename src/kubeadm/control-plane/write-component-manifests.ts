import { goQuote } from "../../go/quote.ts";
import type { JsonObject } from "../../values/json.ts";
import { within } from "../certificates/certificate-files.ts";
import { requireRootfulControlPlane } from "../config/fields/feature-gates.ts";
import type { Patches } from "../patches/read-patches.ts";
import { apiServerPod, warnOfArguments } from "./api-server-pod.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";
import { controllerManagerPod } from "./controller-manager-pod.ts";
import { findSurroundings, type PodSurroundings, type SurroundingsPorts } from "./pod-surroundings.ts";
import { schedulerPod } from "./scheduler-pod.ts";
import { checkManifest, type ManifestPorts, writeManifest } from "./write-manifest.ts";

/** The components of a control plane except etcd, in the order in which they are written. */
export const controlPlaneComponents = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

export type ControlPlaneComponentName = (typeof controlPlaneComponents)[number];

const pods: Readonly<
  Record<ControlPlaneComponentName, (node: ControlPlaneNode, surroundings: PodSurroundings) => JsonObject>
> = {
  "kube-apiserver": apiServerPod,
  "kube-controller-manager": controllerManagerPod,
  "kube-scheduler": schedulerPod,
};

/** Returns the static Pod of a component, without patches. */
export function componentPod(
  component: ControlPlaneComponentName,
  node: ControlPlaneNode,
  surroundings: PodSurroundings,
): JsonObject {
  return pods[component](node, surroundings);
}

export interface ComponentManifests {
  readonly components: readonly ControlPlaneComponentName[];
  /** Called when the first Pod is made. */
  readonly patches: () => Promise<Patches>;
  /** Those of the components whose manifest is only checked, because a later phase writes it. */
  readonly late?: ReadonlySet<ControlPlaneComponentName>;
}

/**
 * Writes the patched static Pods of components and reports each first. Throws PATCH_INVALID and
 * FEATURE_GATE_UNSUPPORTED.
 */
export async function writeComponentManifests(
  node: ControlPlaneNode,
  { components, patches, late }: ComponentManifests,
  ports: ManifestPorts & SurroundingsPorts,
): Promise<void> {
  requireRootfulControlPlane(node.cluster.featureGates);
  const surroundings = await findSurroundings(node.cluster, ports);
  if (components.includes("kube-apiserver")) warnOfArguments(node, ports.events);
  for (const component of components) {
    ports.events.emit("manifest.writing", { component });
    const context = `failed to patch static Pod manifest file for ${goQuote(component)}`;
    const pod = componentPod(component, node, surroundings);
    const found = await within(context, patches());
    if (late?.has(component) === true) checkManifest(component, pod, found, ports);
    else await writeManifest(component, pod, found, ports);
  }
}
