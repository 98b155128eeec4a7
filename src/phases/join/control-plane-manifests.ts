import {
  apiServerManifestPath,
  controllerManagerManifestPath,
  manifestsDirectory,
  schedulerManifestPath,
} from "../../kubeadm/paths.ts";
import { defineJoinPhase, joinsAsControlPlane } from "./context.ts";
import { controlPlaneNode, patches } from "./facts.ts";

/**
 * Writes the manifests before the kubelet starts, so that it finds them at once: the API server exits and is restarted
 * until the local etcd has joined its cluster.
 */
export const controlPlaneManifests = defineJoinPhase({
  name: "control-plane",
  summary: "Generate the manifests for the new control plane components",
  description: `Write the static Pod manifests of the API server, the controller manager and the scheduler to ${manifestsDirectory}, where the kubelet finds them.`,
  flags: ["apiserver-advertise-address", "apiserver-bind-port", "config", "control-plane", "dry-run", "patches"],
  writes: [apiServerManifestPath, controllerManagerManifestPath, schedulerManifestPath],
  when: joinsAsControlPlane,
  reads: { node: controlPlaneNode },
  async run({ node }, run) {
    const [{ controlPlaneComponents }, { writeManifestsIn }] = await Promise.all([
      import("../../kubeadm/control-plane/write-component-manifests.ts"),
      import("../write-manifests.ts"),
    ]);
    run.events.emit("manifest.directory", { directory: manifestsDirectory });
    const components = controlPlaneComponents;
    await writeManifestsIn(run, { node, components, patches: () => run.value(patches) });
  },
});
