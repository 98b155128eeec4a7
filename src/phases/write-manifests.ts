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
  /** Called when the first Pod is made, so that the output about reading patches follows that of the Pod. */
  readonly patches: () => Promise<Patches>;
}

type ManifestRun = Pick<Run<{ readonly host: Pick<Host, "files" | "machine"> }>, "context" | "onFailure"> & {
  readonly events: Events;
};

/** Writes the static Pods of components; restores what was there before if the phase fails. */
export async function writeManifestsIn(run: ManifestRun, manifests: Manifests): Promise<void> {
  const { files: plain, machine } = run.context.host;
  const files = revertibleFiles(plain);
  run.onFailure("restore the manifests that were there before", () => files.revert());
  const { node, components, patches } = manifests;
  await writeComponentManifests(node, components, patches, { files, machine, events: run.events });
}
