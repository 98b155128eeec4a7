import type { Files } from "../../../host/host.ts";

/** Cgroup v2, and the hierarchies of v1, which the kubelet removes one after the other. */
const hierarchies = [
  "",
  ...["blkio", "cpu", "cpu,cpuacct", "cpuset", "devices", "freezer", "hugetlb", "memory"].map((name) => `/${name}`),
  ...["net_cls", "net_cls,net_prio", "perf_event", "pids", "systemd"].map((name) => `/${name}`),
];

/**
 * Reports whether a Pod with one of the UIDs has a cgroup. The kubelet removes it as the last step of ending a Pod. Only a
 * hint: another root of cgroups, or a directory that is not to be seen, looks like no cgroup.
 */
export async function hasCgroup(uids: readonly string[], { status }: Pick<Files, "status">): Promise<boolean> {
  const paths = uids.flatMap((uid) =>
    hierarchies.flatMap((hierarchy) => cgroupsOf(uid).map((path) => `/sys/fs/cgroup${hierarchy}/${path}`)),
  );
  return (await Promise.all(paths.map((path) => status(path)))).some((found) => found !== undefined);
}

/** By quality of service, for the cgroup drivers cgroupfs and systemd. */
function cgroupsOf(uid: string): readonly string[] {
  const unit = uid.replaceAll("-", "_");
  return [
    `kubepods/burstable/pod${uid}`,
    `kubepods/besteffort/pod${uid}`,
    `kubepods/pod${uid}`,
    `kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${unit}.slice`,
    `kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${unit}.slice`,
    `kubepods.slice/kubepods-pod${unit}.slice`,
  ];
}
