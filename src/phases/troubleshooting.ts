import type { ErrorDetails } from "../errors/kubeadm-error.ts";
import { shell } from "../values/shell.ts";

/**
 * Returns the advice for a kubelet that does not become healthy: its last log lines, then upstream's advice verbatim.
 */
export function kubeletTroubleshooting({ journal }: ErrorDetails): readonly string[] {
  return [
    ...quoted("The kubelet's last lines:", journal),
    "Unfortunately, an error has occurred, likely caused by:",
    "\t- The kubelet is not running",
    "\t- The kubelet is unhealthy due to a misconfiguration of the node in some way (required cgroups disabled)",
    "",
    "If you are on a systemd-powered system, you can try to troubleshoot the error with the following commands:",
    "\t- 'systemctl status kubelet'",
    "\t- 'journalctl -xeu kubelet'",
  ];
}

/** Returns the advice for an unhealthy control plane: its last log lines, then upstream's advice verbatim. */
export function controlPlaneTroubleshooting({ log }: ErrorDetails, criSocket: string): readonly string[] {
  const crictl = shell`crictl --runtime-endpoint ${criSocket}`;
  return [
    ...quoted("The last lines that tell why:", log),
    "A control plane component may have crashed or exited when started by the container runtime.",
    "To troubleshoot, list all containers using your preferred container runtimes CLI.",
    "Here is one example how you may list all running Kubernetes containers by using crictl:",
    `\t- '${crictl} ps -a | grep kube | grep -v pause'`,
    "\tOnce you have found the failing container, you can inspect its logs with:",
    `\t- '${crictl} logs CONTAINERID'`,
  ];
}

function quoted(title: string, lines: unknown): readonly string[] {
  if (!Array.isArray(lines) || lines.length === 0) return [];
  return [title, ...lines.map((line) => `\t${String(line)}`), ""];
}
