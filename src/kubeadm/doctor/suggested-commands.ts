import { shell } from "../../values/shell.ts";
import type { StaticPodName } from "../control-plane/write-manifest.ts";

/** Returns commands that run a phase of init again with the configuration that the cluster stores. */
export function initPhaseAgain(phase: string): readonly string[] {
  return [
    "kubectl -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' > cluster.yaml",
    shell`kubeadm init phase ${phase.split(" ")} --config cluster.yaml`,
  ];
}

/** Returns the command that shows the log of a component's newest container. */
export function logCommand(component: StaticPodName): string {
  return shell`crictl logs "$(crictl ps -aq --name ${component} | head -n 1)"`;
}
