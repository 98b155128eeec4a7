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
    "configured to not run on a host using cgroup v1",
    "This machine uses cgroup v1 (`stat -fc %T /sys/fs/cgroup` prints tmpfs): boot it with cgroup v2 (systemd.unified_cgroup_hierarchy=1), or set `failCgroupV1: false` in a patch of the target kubeletconfiguration (--patches).",
  ],
];
