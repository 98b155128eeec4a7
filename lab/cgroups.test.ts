import { expect, test } from "vitest";
import { parseHierarchies, planCgroups } from "./cgroups.ts";

const mountInfo = `23 1 0:21 / /proc rw,relatime - proc proc rw
30 25 0:26 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
32 30 0:28 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
33 30 0:29 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
34 30 0:30 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;
const ownGroups = `3:cpu,cpuacct:/
2:memory:/session/one
1:name=systemd:/
0::/deep
`;

test("version 1: each controller's group lies below the process's own, the rootless one at the root", () => {
  const hierarchies = parseHierarchies(mountInfo, ownGroups);
  expect(planCgroups(hierarchies, "default", "cp1")).toEqual([
    "/sys/fs/cgroup/cpu,cpuacct/kubeadm-lab/default/cp1",
    "/sys/fs/cgroup/memory/session/one/kubeadm-lab/default/cp1",
    "/sys/fs/cgroup/systemd/kubeadm-lab/default/cp1",
    "/sys/fs/cgroup/unified/kubeadm-lab/default/cp1",
  ]);
});

test("version 2: the group begins at the root of the one hierarchy", () => {
  const mount = "30 25 0:26 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n";
  expect(planCgroups(parseHierarchies(mount, "0::/user.slice/shell\n"), "default", "w1")).toEqual([
    "/sys/fs/cgroup/kubeadm-lab/default/w1",
  ]);
});
