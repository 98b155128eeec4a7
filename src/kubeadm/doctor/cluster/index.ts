import { afterJoin } from "../after-join.ts";
import type { DoctorCheck } from "../check.ts";
import { certificateRequests, servingCertificate } from "./certificate-requests.ts";
import { nodeOfThisMachine, nodeReady, nodeRegistered } from "./node.ts";

export const clusterChecks: readonly DoctorCheck[] = [
  certificateRequests,
  nodeRegistered,
  nodeOfThisMachine,
  nodeReady,
  servingCertificate,
].map(afterJoin);
