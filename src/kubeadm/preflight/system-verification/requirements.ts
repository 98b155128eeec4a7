/**
 * A kernel option of SystemVerification; the lists below are those of k8s.io/system-validators 1.12.1 for Linux, which
 * kubeadm 1.37 is built with.
 */
export interface KernelOption {
  /** Name without CONFIG_. */
  readonly name: string;
  /** Its names in other kernels. */
  readonly aliases?: readonly string[];
  readonly description?: string;
}

export const supportedKernels = [/^5\.4/, /^5\.10/, /^5\.15/, /^([6-9]|[1-9][0-9]+)\.[0-9]+\.[0-9]+/] as const;

export const supportedKernelsNote =
  "Supported LTS versions from the 5.x series are 5.4, 5.10 and 5.15. Any 6.x version is also supported. " +
  "For cgroups v2 support, the recommended version is 5.10 or newer";

export const requiredOptions: readonly KernelOption[] = [
  { name: "NAMESPACES" },
  { name: "NET_NS" },
  { name: "PID_NS" },
  { name: "IPC_NS" },
  { name: "UTS_NS" },
  { name: "CPUSETS" },
  { name: "MEMCG" },
  { name: "INET" },
  { name: "EXT4_FS" },
  { name: "PROC_FS" },
  { name: "NETFILTER_XT_TARGET_REDIRECT", aliases: ["IP_NF_TARGET_REDIRECT"] },
  { name: "NETFILTER_XT_MATCH_COMMENT" },
  { name: "FAIR_GROUP_SCHED" },
];

const cgroups: KernelOption = { name: "CGROUPS", description: "Required for cgroups." };
const pids: KernelOption = { name: "CGROUP_PIDS", description: "Required for PIDs controller." };
const sched: KernelOption = { name: "CGROUP_SCHED", description: "Required for CPU controller." };

export const requiredOptionsByCgroups: Readonly<Record<"v1" | "v2", readonly KernelOption[]>> = {
  v1: [
    cgroups,
    {
      name: "CGROUP_CPUACCT",
      description: "Required for cpuacct controller, used in simple CPU accounting controller.",
    },
    { name: "CGROUP_DEVICE", description: "Required for device controller." },
    { name: "CGROUP_FREEZER", description: "Required for freezer controller." },
    pids,
    sched,
  ],
  v2: [
    cgroups,
    {
      name: "CGROUP_BPF",
      description: "Required for eBPF programs attached to cgroups, used in device controller.",
    },
    pids,
    sched,
  ],
};

export const optionalOptions: readonly KernelOption[] = [
  { name: "OVERLAY_FS", aliases: ["OVERLAYFS_FS"], description: "Required for overlayfs." },
  { name: "AUFS_FS", description: "Required for aufs." },
  { name: "BLK_DEV_DM", description: "Required for devicemapper." },
  { name: "CFS_BANDWIDTH", description: "Required for CPU quota." },
  { name: "SECCOMP", description: "Required for seccomp." },
  { name: "SECCOMP_FILTER", description: "Required for seccomp mode 2." },
];

export interface Controllers {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

export const controllers: Readonly<Record<"v1" | "v2", Controllers>> = {
  v1: {
    required: ["cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids"],
    optional: ["hugetlb", "blkio"],
  },
  v2: { required: ["cpu", "cpuset", "devices", "freezer", "memory", "pids"], optional: ["hugetlb", "io"] },
};
