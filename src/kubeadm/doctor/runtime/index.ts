import type { DoctorCheck } from "../check.ts";
import { cgroupDriver } from "./cgroup-driver.ts";
import { runtimeAnswers, runtimeReady } from "./container-runtime.ts";
import { podNetwork } from "./pod-network.ts";
import { sandboxImagePresent } from "./sandbox-image.ts";

export const runtimeChecks: readonly DoctorCheck[] = [
  runtimeAnswers,
  runtimeReady,
  cgroupDriver,
  sandboxImagePresent,
  podNetwork,
];
