import { withContext } from "../../errors/kubeadm-error.ts";
import { revertibleFiles } from "../../host/revertible.ts";
import { isExternal } from "../../kubeadm/certificates/external-authorities.ts";
import { ensureKubeconfigs, kubeconfigsOfJoin } from "../../kubeadm/kubeconfig/control-plane-kubeconfigs.ts";
import { requireProvidedKubeconfigs } from "../../kubeadm/kubeconfig/external-kubeconfigs.ts";
import {
  adminKubeconfigPath,
  controllerManagerKubeconfigPath,
  kubernetesDirectory,
  schedulerKubeconfigPath,
} from "../../kubeadm/paths.ts";
import { defineJoinPhase, joinsAsControlPlane } from "./context.ts";
import { controlPlaneNode, issuance } from "./facts.ts";

export const controlPlaneKubeconfigs = defineJoinPhase({
  name: "kubeconfig",
  summary: "Generate the kubeconfig for the new control plane components",
  description:
    "Create client certificates and kubeconfigs for the administrator, the controller manager and the scheduler. Existing files are kept if they trust the cluster's CA.",
  flags: ["certificate-key", "config", "control-plane", "discovery", "dry-run"],
  takesArgument: true,
  writes: [adminKubeconfigPath, controllerManagerKubeconfigPath, schedulerKubeconfigPath],
  when: joinsAsControlPlane,
  reads: { node: controlPlaneNode, issuing: issuance },
  async run({ node, issuing }, run) {
    const files = revertibleFiles(run.context.host.files);
    run.onFailure("remove the new kubeconfigs", () => files.revert());
    const ports = { ...issuing, files, events: run.events };
    const directory = kubernetesDirectory;
    run.events.emit("kubeconfig.joining", {});
    run.events.emit("kubeconfig.directory", { directory });
    try {
      if (await isExternal("ca", node.cluster, ports)) {
        for (const file of kubeconfigsOfJoin) run.events.emit("kubeconfig.external", { file });
        return await requireProvidedKubeconfigs({ node, directory }, kubeconfigsOfJoin, ports);
      }
      await ensureKubeconfigs(kubeconfigsOfJoin, { node, directory }, ports);
    } catch (error) {
      throw withContext(error, "error generating kubeconfig files");
    }
  },
});
