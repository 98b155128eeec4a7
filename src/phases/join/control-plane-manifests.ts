import type { ControlPlaneNode } from "../../kubeadm/control-plane/control-plane-node.ts";
import { controlPlaneComponents } from "../../kubeadm/control-plane/write-component-manifests.ts";
import {
  apiServerManifestPath,
  controllerManagerManifestPath,
  manifestsDirectory,
  schedulerManifestPath,
} from "../../kubeadm/paths.ts";
import type { Run } from "../../workflow/fact.ts";
import { patches } from "../patches.ts";
import { writeManifestsIn } from "../write-manifests.ts";
import { defineJoinPhase, type JoinContext, joinsAsControlPlane } from "./context.ts";
import { controlPlaneNode } from "./facts.ts";

/**
 * Writes the manifests before the kubelet starts, so that it finds them immediately. That of an API server with a local
 * etcd is only checked here: etcd-join writes it next to etcd's. Without its etcd, the API server would try to connect
 * at ever longer intervals, exit after 20 s, and start again only after a pause.
 */
export const controlPlaneManifests = defineJoinPhase({
  name: "control-plane",
  summary: "Generate the manifests for the new control plane components",
  description: `Write the static Pod manifests of the API server, the controller manager and the scheduler to ${manifestsDirectory}, where the kubelet finds them.`,
  flags: ["apiserver-advertise-address", "apiserver-bind-port", "config", "control-plane", "dry-run", "patches"],
  writes: [apiServerManifestPath, controllerManagerManifestPath, schedulerManifestPath],
  when: joinsAsControlPlane,
  reads: { node: controlPlaneNode },
  run: ({ node }, run) => writeManifests(node, run, { isApiServerLate: writesApiServerWithEtcd(node, run) }),
  dryRun: ({ node }, run) => writeManifests(node, run, { isApiServerLate: false }),
});

/** Reports whether etcd-join writes the API server's manifest in this run. */
export function writesApiServerWithEtcd({ cluster }: ControlPlaneNode, { context }: Run<JoinContext>): boolean {
  const arePartOfRun = ["control-plane-prepare/control-plane", "etcd-join"].every(context.includes);
  return arePartOfRun && "local" in cluster.etcd;
}

async function writeManifests(
  node: ControlPlaneNode,
  run: Run<JoinContext>,
  { isApiServerLate }: { readonly isApiServerLate: boolean },
): Promise<void> {
  run.events.emit("manifest.directory", { directory: manifestsDirectory });
  const late = new Set(isApiServerLate ? (["kube-apiserver"] as const) : []);
  await writeManifestsIn(run, { node, components: controlPlaneComponents, patches: () => run.value(patches), late });
}
