import { goQuote } from "../../go/quote.ts";
import type { JsonObject } from "../../values/json.ts";
import { within } from "../certificates/certificate-files.ts";
import { requireRootfulControlPlane } from "../config/fields/feature-gates.ts";
import type { Patches } from "../patches/read-patches.ts";
import { apiServerPod, warnOfAuthorizationModes } from "./api-server-pod.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";
import { controllerManagerPod } from "./controller-manager-pod.ts";
import { findSurroundings, type PodSurroundings, type SurroundingsPorts } from "./pod-surroundings.ts";
import { schedulerPod } from "./scheduler-pod.ts";
import { type ManifestPorts, writeManifest } from "./write-manifest.ts";

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

/**
 * Writes the patched static Pods of components and reports each first. Throws PATCH_INVALID and
 * FEATURE_GATE_UNSUPPORTED.
 */
export async function writeComponentManifests(
  node: ControlPlaneNode,
  components: readonly ControlPlaneComponentName[],
  patches: () => Promise<Patches>,
  ports: ManifestPorts & SurroundingsPorts,
): Promise<void> {
  requireRootfulControlPlane(node.cluster.featureGates);
  const surroundings = await findSurroundings(node.cluster, ports);
  if (components.includes("kube-apiserver")) warnOfAuthorizationModes(node.cluster, ports.events);
  for (const component of components) {
    ports.events.emit("manifest.writing", { component });
    const context = `failed to patch static Pod manifest file for ${goQuote(component)}`;
    await writeManifest(component, pods[component](node, surroundings), await within(context, patches()), ports);
  }
}
