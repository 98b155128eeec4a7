import { revertibleFiles } from "../../host/revertible.ts";
import {
  ensureKubeconfig,
  type KubeconfigFile,
  kubeconfigSpecs,
  loadControlPlaneAuthority,
} from "../../kubeadm/kubeconfig/control-plane-kubeconfigs.ts";
import { group, type Phase } from "../../workflow/phase.ts";
import { defineInitPhase, type InitContext } from "./context.ts";
import { controlPlaneNode, externalAuthorities, issuance } from "./facts.ts";
import { prepareKubeconfigKeys } from "./prepared-keys.ts";

const flags = [
  "apiserver-advertise-address",
  "apiserver-bind-port",
  "cert-dir",
  "config",
  "control-plane-endpoint",
  "dry-run",
  "kubeconfig-dir",
  "kubernetes-version",
] as const;
const kubeletFlags = [...flags, "node-name"] as const;

/** Writes the kubeconfigs of the first control plane's components and of its administrators. */
export const kubeconfig: Phase<InitContext> = {
  ...group<InitContext>(
    {
      name: "kubeconfig",
      summary: "Generate all kubeconfig files necessary to establish the control plane and the admin kubeconfig file",
      all: { summary: "Generate all kubeconfig files" },
      flags: kubeletFlags,
    },
    kubeconfigPhase("admin", "admin.conf", "the admin to use and for kubeadm itself"),
    kubeconfigPhase("super-admin", "super-admin.conf", "the super-admin"),
    kubeconfigPhase("kubelet", "kubelet.conf", "the kubelet to use *only* for cluster bootstrapping purposes"),
    kubeconfigPhase("controller-manager", "controller-manager.conf", "the controller manager to use"),
    kubeconfigPhase("scheduler", "scheduler.conf", "the scheduler to use"),
  ),
  run: async (run) => {
    const directory = run.context.options.kubeconfigDirectory;
    run.events.emit("kubeconfig.directory", { directory });
    await prepareKubeconfigKeys(run);
  },
};

function kubeconfigPhase(name: string, file: KubeconfigFile, whom: string): Phase<InitContext> {
  return defineInitPhase({
    name,
    summary: `Generate a kubeconfig file for ${whom}`,
    description: `Create ${file}, a kubeconfig with a client certificate, for ${whom}. An existing file is kept if it trusts the cluster's CA.`,
    flags: file === "kubelet.conf" ? kubeletFlags : flags,
    reads: { node: controlPlaneNode, external: externalAuthorities },
    async run({ node, external }, run) {
      if (external.ca) return run.events.emit("kubeconfig.external", { file });
      const files = revertibleFiles(run.context.host.files);
      run.onFailure("restore the files that were there before", () => files.revert());
      const ports = { ...(await run.value(issuance)), files, events: run.events };
      const authority = await loadControlPlaneAuthority(node, ports);
      const directory = run.context.options.kubeconfigDirectory;
      await ensureKubeconfig(kubeconfigSpecs[file], { node, directory }, authority, ports);
    },
  });
}
