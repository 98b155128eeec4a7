import { afterJoin } from "../after-join.ts";
import type { DoctorCheck } from "../check.ts";
import { certificateRequests, servingCertificate } from "./certificate-requests.ts";
import { nodeOfThisMachine, nodeReady, nodeRegistered } from "./node.ts";
import { podRanges } from "./pod-ranges.ts";

export const clusterChecks: readonly DoctorCheck[] = [
  certificateRequests,
  nodeRegistered,
  nodeOfThisMachine,
  podRanges,
  nodeReady,
  servingCertificate,
].map(afterJoin);
