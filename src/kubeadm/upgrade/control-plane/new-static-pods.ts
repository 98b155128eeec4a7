import type { Events } from "../../../events/events.ts";
import type { JsonObject } from "../../../values/json.ts";
import { requireRootfulControlPlane } from "../../config/fields/feature-gates.ts";
import { warnOfArguments } from "../../control-plane/api-server-pod.ts";
import type { ControlPlaneNode } from "../../control-plane/control-plane-node.ts";
import { findSurroundings, type SurroundingsPorts } from "../../control-plane/pod-surroundings.ts";
import {
  type ControlPlaneComponentName,
  componentPod,
  controlPlaneComponents,
} from "../../control-plane/write-component-manifests.ts";
import { patchedPod } from "../../control-plane/write-manifest.ts";
import type { Patches } from "../../patches/read-patches.ts";

/**
 * Returns the patched static Pods of a control plane's components, without etcd, in the order in which they are upgraded.
 * Throws PATCH_INVALID and FEATURE_GATE_UNSUPPORTED.
 */
export async function newStaticPods(
  node: ControlPlaneNode,
  patches: Patches,
  ports: SurroundingsPorts & { readonly events: Events },
): Promise<ReadonlyMap<ControlPlaneComponentName, JsonObject>> {
  requireRootfulControlPlane(node.cluster.featureGates);
  const surroundings = await findSurroundings(node.cluster, ports);
  warnOfArguments(node, ports.events);
  return new Map(
    controlPlaneComponents.map((component) => [
      component,
      patchedPod(component, componentPod(component, node, surroundings), patches, ports.events),
    ]),
  );
}
