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
export type { Clock } from "./async/clock.ts";
export type {
  Cluster,
  HealthAnswer,
  KubernetesObject,
  ListBound,
  ListOptions,
  ObjectMeta,
  ObjectReference,
  PatchType,
  PodLogOptions,
  ReadOptions,
  RequestOptions,
  ResourceType,
  WatchEvent,
} from "./cluster/cluster.ts";
export { ApiStatusError } from "./cluster/cluster.ts";
export type { InspectServer, Reached, ServerInspection } from "./cluster/https-inspection.ts";
export type {
  ConnectTransport,
  HttpRequest,
  HttpResponse,
  TlsSettings,
  Transport,
  TransportConnection,
  TransportErrorCode,
} from "./cluster/transport.ts";
export { TransportError } from "./cluster/transport.ts";
export {
  type CallOptions,
  type ConnectContainerRuntime,
  type ConnectOptions,
  type Container,
  type ContainerEnd,
  type ContainerRuntime,
  ContainerRuntimeError,
  type ContainerRuntimeErrorCode,
  type CriEndpoint,
  type Download,
  type PodName,
  type PodSandbox,
  type RuntimeCgroupDriver,
  type RuntimeCondition,
  type RuntimeStatus,
  type RuntimeVersion,
} from "./cri/container-runtime.ts";
export { type ErrorCode, errorCatalogue } from "./errors/catalogue.ts";
export type { Decision } from "./errors/decision.ts";
export { type ErrorDetails, isKubeadmError, KubeadmError, type KubeadmErrorOptions } from "./errors/kubeadm-error.ts";
export { PortError } from "./errors/port-error.ts";
export { Secret } from "./errors/secret.ts";
export {
  type ConnectEtcd,
  type Etcd,
  type EtcdCallOptions,
  type EtcdCredentials,
  EtcdError,
  type EtcdErrorCode,
  type EtcdMember,
  type EtcdSnapshotPart,
  type EtcdStatus,
  type EtcdStreamOptions,
} from "./etcd/etcd.ts";
export type { DownloadProgress } from "./events/download-progress.ts";
export type { Stamp } from "./events/entry.ts";
export type { Event, EventOf, EventType, EventTypes, Finding, Leftover } from "./events/event.ts";
export { type EventSink, type Events, eventsTo, silentEvents } from "./events/events.ts";
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
export type { ContentStream } from "./host/content-stream.ts";
export { FileError, type FileErrorCode } from "./host/file-error.ts";
export {
  CommandError,
  type CommandOptions,
  type CommandResult,
  type Commands,
  type FileKind,
  type FileStatus,
  type Files,
  type Host,
  type HttpProbe,
  type InterfaceAddress,
  type Machine,
  MountError,
  type Mounts,
  type Network,
  NetworkError,
  type OpenedFile,
  type PidNamespaces,
  type Processes,
  type ReadOptions as FileReadOptions,
  type RemoveOptions,
  type RootDirectory,
  type UnmountFlag,
  type UnmountOptions,
  type WriteOptions,
  type WriteOutcome,
} from "./host/host.ts";
export { localHost } from "./host/local/local-host.ts";
export { rootedHost } from "./host/rooted.ts";
export {
  ServiceError,
  type ServiceJournalOptions,
  type ServiceManager,
  type ServiceState,
  type ServiceStatus,
  type Services,
} from "./host/service-manager.ts";
export type { Arg } from "./kubeadm/config/fields/node-registration.ts";
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
  type GivenFlags,
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
export type { ReadLine, WorkflowPorts, WorkflowRequest } from "./phases/workflow.ts";
export type { CertificateSummary } from "./pki/certificate.ts";
export { reportPage } from "./report/page.ts";
export { report } from "./report/report.ts";
export type { JsonObject, JsonValue } from "./values/json.ts";
export { type ShellCommand, type ShellPart, shell } from "./values/shell.ts";
export type { Condition, Phase } from "./workflow/phase.ts";
export { type PlanOptions, plan, type Step } from "./workflow/plan.ts";
