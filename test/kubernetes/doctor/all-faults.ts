import type { Fault } from "../../support/doctor/fault.ts";
import { apiFaults } from "./faults-api.ts";
import { clusterFaults, runFaults } from "./faults-cluster.ts";
import { controlPlaneFaults, etcdFaults, joinFaults } from "./faults-control-plane.ts";
import { credentialsFaults } from "./faults-credentials.ts";
import { kubeletFaults } from "./faults-kubelet.ts";
import { networkFaults } from "./faults-network.ts";
import { runtimeFaults } from "./faults-runtime.ts";

/** Faults of every group, in the order in which they are made. */
export const allFaults: readonly Fault[] = [
  ...kubeletFaults,
  ...runtimeFaults,
  ...credentialsFaults,
  ...networkFaults,
  ...runFaults,
  ...clusterFaults,
  ...joinFaults,
  ...apiFaults,
  ...controlPlaneFaults,
  ...etcdFaults,
];
