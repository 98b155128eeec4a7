import { unifiedDiff } from "../../go/difflib/unified-diff.ts";
import { writeYaml } from "../../go/yaml/write-yaml.ts";
import type { Files, Machine } from "../../host/host.ts";
import type { JsonObject } from "../../values/json.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { findSurroundings } from "../control-plane/pod-surroundings.ts";
import { componentPod, controlPlaneComponents } from "../control-plane/write-component-manifests.ts";
import { manifestPath, type StaticPodName } from "../control-plane/write-manifest.ts";

export interface ManifestChangePorts {
  readonly files: Pick<Files, "status" | "list" | "readText">;
  readonly machine: Pick<Machine, "environment">;
}

/**
 * Returns what an upgrade to the node's Kubernetes version changes in the static Pod manifests of the API server, the
 * controller manager and the scheduler, in this order, as unified diffs. Patches are not applied; for etcd see `manifestChange`.
 */
export async function manifestChanges(
  node: ControlPlaneNode,
  contextLines: number,
  { files, machine }: ManifestChangePorts,
): Promise<readonly string[]> {
  const surroundings = await findSurroundings(node.cluster, { files, machine });
  return Promise.all(
    controlPlaneComponents.map((component) =>
      manifestChange(component, componentPod(component, node, surroundings), contextLines, { files }),
    ),
  );
}

/** Returns what changes in the manifest of one component that gets this Pod, likewise. */
export async function manifestChange(
  component: StaticPodName,
  pod: JsonObject,
  contextLines: number,
  { files }: Pick<ManifestChangePorts, "files">,
): Promise<string> {
  const path = manifestPath(component);
  return unifiedDiff(await files.readText(path), writeYaml(pod), {
    from: path,
    to: "new manifest",
    context: contextLines,
  });
}
