import type { ServiceStatus } from "../../host/service-manager.ts";
import { part, type ShellCommand, type ShellPart, shell } from "../../values/shell.ts";
import type { StaticPodName } from "../control-plane/write-manifest.ts";

export const restartKubelet = shell`systemctl restart kubelet`;

const storedConfiguration = part`kubectl -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' > cluster.yaml`;

/** Returns commands that run a phase of init again with the configuration that the cluster stores. */
export function initPhaseAgain(phase: string): readonly [ShellCommand, ShellCommand] {
  return [shell`${storedConfiguration}`, shell`kubeadm init phase ${phase.split(" ")} --config cluster.yaml`];
}

/** Returns the commands that make, on a control plane, a kubeconfig with a new bootstrap token. */
export function bootstrapKubeconfigOnControlPlane(file: string): readonly ShellCommand[] {
  return [
    shell`${storedConfiguration}   # on a control plane`,
    shell`kubeadm kubeconfig user --config cluster.yaml --client-name kubelet-bootstrap --token "$(kubeadm token create)" > ${file}   # on a control plane`,
  ];
}

/** Returns the command that sends a request to a server without verifying its certificate. It ends even if packets are dropped. */
export function askServer(url: string, ...flags: readonly ShellPart[]): ShellCommand {
  return shell`curl ${[part`-k`, ...flags]} --max-time 10 ${url}`;
}

/** Returns the command that gets a file or symlink out of the way: it keeps its content, and every earlier copy. */
export function setAside(path: string): ShellCommand {
  return shell`mv --backup=numbered ${path} ${`${path}.old`}`;
}

/** Returns the command that lets a masked service start again. */
export function unmask(service: string, maskedUntilBoot: ServiceStatus["maskedUntilBoot"]): ShellCommand {
  return shell`systemctl ${maskedUntilBoot === true ? part`unmask --runtime` : part`unmask`} ${service}`;
}

/** Returns the command that shows the log of a component's newest container. */
export function logCommand(component: StaticPodName): ShellCommand {
  return shell`crictl logs "$(crictl ps -aq --name ${component} | head -n 1)"`;
}
