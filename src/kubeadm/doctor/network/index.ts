import { afterJoin } from "../after-join.ts";
import type { DoctorCheck } from "../check.ts";
import { endpointAnswers, endpointName, endpointReady } from "./endpoint.ts";
import { endpointBackends } from "./endpoint-backends.ts";
import { endpointIdentity } from "./endpoint-identity.ts";
import { firewall } from "./firewall.ts";
import { podMtu } from "./pod-mtu.ts";
import { resolver } from "./resolver.ts";

/** Stands before the control plane's checks: etcd members that cannot reach each other have no leader. */
export const firewallChecks: readonly DoctorCheck[] = [firewall];

export const networkChecks: readonly DoctorCheck[] = [
  resolver,
  podMtu,
  ...[endpointName, endpointAnswers, endpointIdentity, endpointReady, endpointBackends].map(afterJoin),
];
