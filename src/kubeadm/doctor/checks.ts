import type { DoctorCheck } from "./check.ts";
import { clusterChecks } from "./cluster/index.ts";
import { controlPlaneChecks } from "./control-plane/index.ts";
import { credentialsChecks } from "./credentials/index.ts";
import { kubeletChecks } from "./kubelet/index.ts";
import { machineChecks } from "./machine/index.ts";
import { firewallChecks, networkChecks } from "./network/index.ts";
import { runtimeChecks } from "./runtime/index.ts";

/** All checks of `kubeadm doctor`, one list for each group. CONTRIBUTING.md says how to add one. */
export const doctorChecks: readonly DoctorCheck[] = [
  ...machineChecks,
  ...runtimeChecks,
  ...credentialsChecks,
  ...kubeletChecks,
  ...firewallChecks,
  ...controlPlaneChecks,
  ...networkChecks,
  ...clusterChecks,
];
