/** What to do about a kubelet whose last words say it all; undefined where they do not. */
export function kubeletRemedy(lastWords: string): string | undefined {
  return remedies.find(([words]) => lastWords.includes(words))?.[1];
}

const remedies: readonly (readonly [string, string])[] = [
  [
    "labels specified with --node-labels",
    "A kubelet may not give its Node labels of Kubernetes' own namespaces: take them out of `node-labels` (nodeRegistration.kubeletExtraArgs, /etc/default/kubelet), and set them as an administrator once the Node is there: `kubectl label node NAME KEY=VALUE`.",
  ],
  [
    "running with swap on is not supported",
    "The cluster's KubeletConfiguration has the kubelet refuse swap (failSwapOn, true unless it is set): `swapon --show` names what is on; turn it off with `swapoff -a` and in /etc/fstab, or set `failSwapOn: false` in a patch of the target kubeletconfiguration (--patches).",
  ],
  [
    "configured to not run on a host using cgroup v1",
    "This machine has control groups of version 1 (`stat -fc %T /sys/fs/cgroup` prints tmpfs): boot it with version 2 (systemd.unified_cgroup_hierarchy=1), or set `failCgroupV1: false` in a patch of the target kubeletconfiguration (--patches).",
  ],
];
