import { findKubeletObstacles, type KubeletObstacle } from "../../kubelet/kubelet-obstacles.ts";
import { readKubeletVersion } from "../../preflight/kubelet-version.ts";
import { refusesCgroupV1 } from "../../preflight/system-verification/cgroups.ts";
import type { Fact } from "../examination.ts";
import { kubeletConfiguration, kubeletFlags } from "./kubelet.ts";
import { hiddenCgroupDriver } from "./runtime.ts";

/** What keeps the configured kubelet, or any Pod, from starting on this machine; empty while there is no configuration. */
export const kubeletObstacles: Fact<readonly KubeletObstacle[]> = async (examination) => {
  const { once, files } = examination;
  const [configured, flags] = await Promise.all([once(kubeletConfiguration), once(kubeletFlags)]);
  if (configured.state === "not-readable") throw configured.error;
  if (configured.state !== "loaded") return [];
  const { configuration } = configured;
  const runtimeDriver = await once(hiddenCgroupDriver);
  const refusesV1 = () => once(refusesCgroupV1ByDefault);
  return findKubeletObstacles({ configuration, flags, runtimeDriver, refusesCgroupV1: refusesV1 }, files);
};

/** Reports whether the installed kubelet refuses cgroup v1 unless its configuration allows it; false if it is unknown. */
export const refusesCgroupV1ByDefault: Fact<boolean> = async (examination) => {
  const installed = await readKubeletVersion()(examination, examination.signal);
  return installed.known && refusesCgroupV1(installed.version);
};
