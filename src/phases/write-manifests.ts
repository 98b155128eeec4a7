import type { Events } from "../events/events.ts";
import type { Host } from "../host/host.ts";
import { revertibleFiles } from "../host/revertible.ts";
import type { ControlPlaneNode } from "../kubeadm/control-plane/control-plane-node.ts";
import {
  type ComponentManifests,
  writeComponentManifests,
} from "../kubeadm/control-plane/write-component-manifests.ts";
import type { Run } from "../workflow/fact.ts";

interface Manifests extends ComponentManifests {
  readonly node: ControlPlaneNode;
}

type ManifestRun = Pick<Run<{ readonly host: Pick<Host, "files" | "machine"> }>, "context" | "onFailure"> & {
  readonly events: Events;
};

/** Writes the static Pods of components; restores what was there before if the phase fails. */
export async function writeManifestsIn(run: ManifestRun, manifests: Manifests): Promise<void> {
  const { files: plain, machine } = run.context.host;
  const files = revertibleFiles(plain);
  run.onFailure("restore the manifests that were there before", () => files.revert());
  await writeComponentManifests(manifests.node, manifests, { files, machine, events: run.events });
}
