import { shell } from "../../../values/shell.ts";
import { findCgroupMount, verifyCgroups } from "../../preflight/system-verification/cgroups.ts";
import { type DoctorCheck, failed, passed, skipped, warned } from "../check.ts";
import { kubeletConfiguration } from "../facts/kubelet.ts";
import { kubeletObstacles, refusesCgroupV1ByDefault } from "../facts/kubelet-obstacles.ts";
import { obstacleOutcome } from "../obstacle.ts";
import { sentence } from "../sentence.ts";

/** A version whose rules are the mildest: whether the kubelet accepts version 1 is decided by its configuration. */
const anyKubelet = { major: 1, minor: 0, patch: 0, preRelease: "" };

export const cgroups: DoctorCheck = {
  name: "cgroups",
  group: "machine",
  title: "The kernel supports the cgroups that the kubelet needs",
  look: async ({ files, machine, once }) => {
    const mount = await findCgroupMount(files);
    if (typeof mount === "string") return skipped(mount);
    const verdict = await verifyCgroups(files, { mount, kubelet: anyKubelet, kernelRelease: machine.kernelRelease });
    const missing = verdict.problems.find(({ severity }) => severity !== "warning");
    if (missing !== undefined) {
      return failed(sentence(missing.message), {
        commands: [shell`cat /sys/fs/cgroup/cgroup.controllers`, shell`cat /proc/cgroups`],
      });
    }
    const { version } = mount;
    const refusal = obstacleOutcome(await once(kubeletObstacles), "cgroup-version", {
      commands: [shell`stat -fc %T /sys/fs/cgroup`],
    });
    if (refusal !== undefined) return refusal;
    const isConfigured = (await once(kubeletConfiguration)).state === "loaded";
    if (version !== "v1" || isConfigured) return passed(`cgroup ${version}`);
    if (!(await once(refusesCgroupV1ByDefault))) return passed("cgroup v1");
    return warned("This machine uses cgroup v1, which the kubelet refuses unless failCgroupV1 is false.", {
      remedy: "Boot it with cgroup v2: systemd.unified_cgroup_hierarchy=1 on the kernel's command line.",
      commands: [shell`stat -fc %T /sys/fs/cgroup`],
    });
  },
};
