/// <reference types="node" preserve="true" />
/**
 * kubeadm as a library. `initCluster`, `joinCluster`, `resetNode`, `planUpgrade`, `upgradeCluster` and `upgradeNode` do what
 * the commands do, on this machine. They emit typed events instead of printing text. Failures are KubeadmError with a
 * stable code.
 *
 * @example
 * const { nodeName, joins } = await initCluster({
 *   flags: { controlPlaneEndpoint: "k8s.example.org:6443", uploadCerts: true },
 *   onEvent: (event) => console.log(event.type),
 *   signal: AbortSignal.timeout(600_000),
 * });
 *
 * `init`, `join` and `reset` take every port from the caller, and the flags in the form of a parsed command line.
 */
export type { Cluster, KubernetesObject, ResourceType } from "./cluster/cluster.ts";
export { ApiStatusError } from "./cluster/cluster.ts";
export type { InspectServer } from "./cluster/https-inspection.ts";
export type { ConnectTransport, TlsSettings, Transport } from "./cluster/transport.ts";
export { TransportError } from "./cluster/transport.ts";
export type { ConnectContainerRuntime, ContainerRuntime } from "./cri/container-runtime.ts";
export { type ErrorCode, errorCatalogue } from "./errors/catalogue.ts";
export { isKubeadmError, KubeadmError } from "./errors/kubeadm-error.ts";
export { Secret } from "./errors/secret.ts";
export type { ConnectEtcd, Etcd, EtcdMember } from "./etcd/etcd.ts";
export type { Event, EventOf, EventType, Finding, Leftover } from "./events/event.ts";
export { type Events, eventsTo, silentEvents } from "./events/events.ts";
export type {
  BackupEstimate,
  CertificateOutlook,
  ComponentPlan,
  ComponentVersionState,
  EtcdMemberOutlook,
  EtcdOutlook,
  KubeletSkew,
  PlannedUpgrade,
  Unknown,
  UpgradeOutlook,
  UpgradePlan,
} from "./events/upgrade-plan.ts";
export type { Commands, Files, Host, Machine, Network, Services } from "./host/host.ts";
export { localHost } from "./host/local/local-host.ts";
export { rootedHost } from "./host/rooted.ts";
export { jsonSchemaOf } from "./kubeadm/config/reference/configuration-schema.ts";
export type { DoctorFinding, DoctorGroup, DoctorSeverity } from "./kubeadm/doctor/check.ts";
export type { DoctorFix, FixStep } from "./kubeadm/doctor/fix/fix.ts";
export type { CheckResult, CheckState, DoctorReport } from "./kubeadm/doctor/report.ts";
export { type InitFlags, initFlagNames } from "./kubeadm/flags/init-flags.ts";
export { type JoinFlags, joinFlagNames } from "./kubeadm/flags/join-flags.ts";
export { type ResetFlags, resetFlagNames } from "./kubeadm/flags/reset-flags.ts";
export type { UpgradeApplyFlags } from "./kubeadm/flags/upgrade-apply-flags.ts";
export type { UpgradeNodeFlags } from "./kubeadm/flags/upgrade-node-flags.ts";
export type { UpgradePlanFlags } from "./kubeadm/flags/upgrade-plan-flags.ts";
export { kubernetesVersion, programVersion } from "./kubeadm/version.ts";
export {
  type DoctorOptions,
  doctor,
  type InitClusterOptions,
  type InitPorts,
  type InitRequest,
  init,
  initCluster,
  type JoinClusterOptions,
  type JoinPorts,
  type JoinRequest,
  join,
  joinCluster,
  type PlanUpgradeOptions,
  planUpgrade,
  type ResetNodeOptions,
  type ResetPorts,
  type ResetRequest,
  type RunOptions,
  type RunPorts,
  reset,
  resetNode,
  type UpgradeClusterOptions,
  type UpgradeNodeOptions,
  upgradeCluster,
  upgradeNode,
} from "./library.ts";
export { type InitResult, initPhases } from "./phases/init/init.ts";
export type { JoinCommands } from "./phases/init/join-commands.ts";
export { type JoinResult, joinPhases } from "./phases/join/join.ts";
export { type ResetResult, resetPhases } from "./phases/reset/reset.ts";
export type { UpgradeResult } from "./phases/upgrade/upgrade.ts";
export type { ReadLine } from "./phases/workflow.ts";
export { reportPage } from "./report/page.ts";
export { report } from "./report/report.ts";
export type { Phase } from "./workflow/phase.ts";
export { plan, type Step } from "./workflow/plan.ts";
