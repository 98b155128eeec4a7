import { shell } from "../../../values/shell.ts";
import { type DoctorCheck, passed, skipped } from "../check.ts";
import { kubeletConfiguration } from "../facts/kubelet.ts";
import { kubeletObstacles } from "../facts/kubelet-obstacles.ts";
import { runtimeFindings } from "../facts/runtime.ts";
import { obstacleOutcome } from "../obstacle.ts";

export const cgroupDriver: DoctorCheck = {
  name: "cgroup-driver",
  group: "runtime",
  title: "Runtime and kubelet use the same cgroup driver",
  after: ["runtime-answers"],
  look: async ({ once }) => {
    const { cgroupDriver: reported } = await once(runtimeFindings);
    if ("error" in reported) return skipped("the container runtime does not respond");
    if (reported.value === "systemd" || reported.value === "cgroupfs") {
      return passed(`the kubelet uses ${reported.value}, as the runtime reports`);
    }
    const mismatch = obstacleOutcome(await once(kubeletObstacles), "cgroup-driver", {
      commands: [
        shell`grep -n SystemdCgroup /etc/containerd/config.toml`,
        shell`grep -n cgroupDriver /var/lib/kubelet/config.yaml`,
      ],
    });
    if (mismatch !== undefined) return mismatch;
    const { state } = await once(kubeletConfiguration);
    return state === "loaded" ? passed() : skipped("the kubelet is not configured yet");
  },
};
