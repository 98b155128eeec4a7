/** Returns what to do about a kubelet failure, if its last log lines show the cause; else undefined. */
export function kubeletRemedy(lastWords: string): string | undefined {
  return remedies.find(([words]) => lastWords.includes(words))?.[1];
}

const remedies: readonly (readonly [string, string])[] = [
  [
    "labels specified with --node-labels",
    "A kubelet may not set labels of Kubernetes' own namespaces on its Node: remove them from `node-labels` (nodeRegistration.kubeletExtraArgs, /etc/default/kubelet), and set them as an administrator after the Node has registered: `kubectl label node NAME KEY=VALUE`.",
  ],
  [
    "running with swap on is not supported",
    "The cluster's KubeletConfiguration makes the kubelet refuse swap (failSwapOn, true by default): `swapon --show` lists active swap; turn it off with `swapoff -a` and in /etc/fstab, or set `failSwapOn: false` in a patch of the target kubeletconfiguration (--patches).",
  ],
  [
    "failed to load kubelet config file",
    "The kubelet cannot read /var/lib/kubelet/config.yaml: the message names the field. Correct it there, or in the ConfigMap kube-system/kubelet-config, and run `systemctl restart kubelet`.",
  ],
  [
    "failed to validate kubelet configuration",
    "The kubelet refuses a value of /var/lib/kubelet/config.yaml: the message names the field. Correct it there, and in the ConfigMap kube-system/kubelet-config if it comes from there, and run `systemctl restart kubelet`.",
  ],
  [
    "unknown flag:",
    "This version of the kubelet doesn't know the flag: remove it from /var/lib/kubelet/kubeadm-flags.env, /etc/default/kubelet or the unit's drop-ins, and run `systemctl restart kubelet`. Newer versions remove flags.",
  ],
  [
    "part of the existing bootstrap client certificate",
    "The kubelet's certificate has expired, so it cannot ask for a new one: `kubeadm doctor` shows how to get a new one.",
  ],
  [
    "unable to load bootstrap kubeconfig",
    "The kubelet has neither a usable /etc/kubernetes/kubelet.conf nor a bootstrap kubeconfig: `kubeadm doctor` shows how to get one.",
  ],
  [
    "validate CRI v1 runtime API for endpoint",
    "The container runtime does not respond: `systemctl status containerd` shows whether it runs; the kubelet starts once it does.",
  ],
  [
    "address already in use",
    "Another program uses one of the kubelet's ports: `ss -ltnp 'sport = :10250 or sport = :10248'` shows which one. Stop it, then the kubelet starts.",
  ],
  [
    "Exec format error",
    "The kubelet binary is damaged, or built for another architecture (`uname -m` prints this machine's): install the kubelet package of the cluster's version again.",
  ],
  [
    "no space left on device",
    "A file system is full: `df -h /var/lib/kubelet /var/log` shows which one. Free space on it.",
  ],
  [
    "read-only file system",
    "A file system is mounted read-only: `findmnt --target /var/lib/kubelet` shows it. Mount it read-write; the kernel log shows why it became read-only.",
  ],
  [
    "configured to not run on a host using cgroup v1",
    "This machine uses cgroup v1 (`stat -fc %T /sys/fs/cgroup` prints tmpfs): boot it with cgroup v2 (systemd.unified_cgroup_hierarchy=1), or set `failCgroupV1: false` in a patch of the target kubeletconfiguration (--patches).",
  ],
];
