import type { ServiceStatus } from "../../host/host.ts";
import { shell } from "../../values/shell.ts";
import type { StaticPodName } from "../control-plane/write-manifest.ts";

export const restartKubelet = "systemctl restart kubelet";

const storedConfiguration =
  "kubectl -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' > cluster.yaml";

/** Returns commands that run a phase of init again with the configuration that the cluster stores. */
export function initPhaseAgain(phase: string): readonly string[] {
  return [storedConfiguration, shell`kubeadm init phase ${phase.split(" ")} --config cluster.yaml`];
}

/** Returns the commands that make, on a control plane, a kubeconfig with a new bootstrap token. */
export function bootstrapKubeconfigOnControlPlane(file: string): readonly string[] {
  return [
    `${storedConfiguration}   # on a control plane`,
    shell`kubeadm kubeconfig user --config cluster.yaml --client-name kubelet-bootstrap --token "$(kubeadm token create)" > ${file}   # on a control plane`,
  ];
}

/** Returns the command that asks a server, whoever signed its certificate. It ends although packets get lost. */
export function askServer(url: string, ...flags: readonly string[]): string {
  return shell`curl ${["-k", ...flags]} --max-time 10 ${url}`;
}

/** Returns the command that gets a file or symlink out of the way: it keeps its content, and every earlier copy. */
export function setAside(path: string): string {
  return shell`mv --backup=numbered ${path} ${`${path}.old`}`;
}

/** Returns the command that lets a masked service start again. */
export function unmask(service: string, maskedUntilBoot: ServiceStatus["maskedUntilBoot"]): string {
  return shell`systemctl ${["unmask", ...(maskedUntilBoot === true ? ["--runtime"] : [])]} ${service}`;
}

/** Returns the command that shows the log of a component's newest container. */
export function logCommand(component: StaticPodName): string {
  return shell`crictl logs "$(crictl ps -aq --name ${component} | head -n 1)"`;
}
