import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { ownMinor } from "../../kubernetes/minors/minors.ts";
import type { ScratchRoot } from "../scratch-root.ts";

/** Of the machines of an embedded cluster. */
export const kernelRelease = "6.12.0";

/** The kernel files of a machine with cgroups v2 and everything that Kubernetes requires. */
export function writeKernelFiles(root: ScratchRoot): void {
  const { required, requiredByCgroups, optional } = ownMinor.system;
  const options = [...required, ...requiredByCgroups.v2, ...optional];
  const files: readonly (readonly [string, string])[] = [
    [`/boot/config-${kernelRelease}`, options.map(({ name }) => `CONFIG_${name}=y\n`).join("")],
    ["/proc/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime 0 0\n"],
    ["/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc\n"],
  ];
  for (const [path, content] of files) {
    mkdirSync(dirname(root.inside(path)), { recursive: true });
    writeFileSync(root.inside(path), content);
  }
}
