import { afterJoin } from "../after-join.ts";
import type { DoctorCheck } from "../check.ts";
import { kubeletConfigurationValid, kubeletFlagsAccepted } from "./configuration.ts";
import { kubeletHealthy } from "./health.ts";
import { kubeletNodeIp } from "./node-ip.ts";
import { kubeletEnabled, kubeletInstalled, kubeletRunning } from "./service.ts";

export const kubeletChecks: readonly DoctorCheck[] = [
  kubeletInstalled,
  kubeletEnabled,
  afterJoin(kubeletConfigurationValid),
  kubeletFlagsAccepted,
  kubeletNodeIp,
  // Until a join writes its configuration, the kubelet of a package fails every ten seconds.
  afterJoin(kubeletRunning),
  afterJoin(kubeletHealthy),
];
