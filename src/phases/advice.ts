import type { ErrorDetails } from "../errors/kubeadm-error.ts";

/** What to look at when the kubelet does not become healthy: its last lines, and where there is more. */
export function kubeletAdvice({ journal }: ErrorDetails): readonly string[] {
  return [
    ...quoted("The kubelet's last lines:", journal),
    "The kubelet does not run, or its configuration does not fit this machine (cgroups, for one). On a machine with systemd, look at it with:",
    "\t- 'systemctl status kubelet'",
    "\t- 'journalctl -xeu kubelet'",
  ];
}

/** What to look at when the control plane does not become healthy. */
export function controlPlaneAdvice({ log }: ErrorDetails, criSocket: string): readonly string[] {
  const crictl = `crictl --runtime-endpoint ${criSocket}`;
  return [
    ...quoted("The last lines that tell why:", log),
    "A component of the control plane may have crashed or exited. List its containers with:",
    `\t- '${crictl} ps -a | grep kube | grep -v pause'`,
    "and see what one of them wrote with:",
    `\t- '${crictl} logs CONTAINERID'`,
  ];
}

function quoted(title: string, lines: unknown): readonly string[] {
  if (!Array.isArray(lines) || lines.length === 0) return [];
  return [title, ...lines.map((line) => `\t${String(line)}`), ""];
}
