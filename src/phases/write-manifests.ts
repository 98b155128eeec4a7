import type { Events } from "../events/events.ts";
import type { Host } from "../host/host.ts";
import { revertibleFiles } from "../host/revertible.ts";
import type { ControlPlaneNode } from "../kubeadm/control-plane/control-plane-node.ts";
import {
  type ControlPlaneComponentName,
  writeComponentManifests,
} from "../kubeadm/control-plane/write-component-manifests.ts";
import type { Patches } from "../kubeadm/patches/read-patches.ts";
import type { Run } from "../workflow/fact.ts";

interface Manifests {
  readonly node: ControlPlaneNode;
  readonly components: readonly ControlPlaneComponentName[];
  /** Asked for when the first Pod is made; what is told of reading them comes behind that. */
  readonly patches: () => Promise<Patches>;
}

type ManifestRun = Pick<Run<{ readonly host: Pick<Host, "files" | "machine"> }>, "context" | "onFailure"> & {
  readonly events: Events;
};

/** Writes the Pods of components; what stood in their place is put back where the phase fails. */
export async function writeManifestsIn(run: ManifestRun, manifests: Manifests): Promise<void> {
  const { files: plain, machine } = run.context.host;
  const files = revertibleFiles(plain);
  run.onFailure("restore the manifests that were there before", () => files.revert());
  const { node, components, patches } = manifests;
  await writeComponentManifests(node, components, patches, { files, machine, events: run.events });
}
