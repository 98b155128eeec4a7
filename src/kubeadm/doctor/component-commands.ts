import { type ShellCommand, shell } from "../../values/shell.ts";
import type { StaticPodName } from "../control-plane/write-manifest.ts";
import { initPhaseAgain } from "./suggested-commands.ts";

/**
 * Returns commands after which components run with what is on disk now. The kubelet starts a container again that has
 * ended; a component that keeps exiting waits up to five minutes for that, unless the kubelet begins again.
 */
export function restartComponents(components: readonly StaticPodName[]): readonly ShellCommand[] {
  if (components.length === 0) return [];
  const names = components.length === 1 ? components.join("") : `(${components.join("|")})`;
  return [shell`crictl ps -q --name ${`^${names}$`} | xargs -r crictl stop`, shell`systemctl restart kubelet`];
}

/** Returns commands that upload the kubelets' configuration as the cluster stores it: without it, the phase writes defaults. */
export function uploadKubeletConfigAgain(): readonly ShellCommand[] {
  const [stored, ...phase] = initPhaseAgain("upload-config kubelet");
  const add = shell`{ echo ---; kubectl -n kube-system get configmap kubelet-config -o jsonpath='{.data.kubelet}'; } >> cluster.yaml`;
  return [stored, add, ...phase];
}
