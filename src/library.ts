import { connectHttps } from "./cluster/https.ts";
import { inspectServer } from "./cluster/https-inspection.ts";
import { connectContainerRuntime } from "./cri/grpc-container-runtime.ts";
import { isKubeadmError, KubeadmError } from "./errors/kubeadm-error.ts";
import { etcdBy } from "./etcd/grpc-etcd.ts";
import type { Event } from "./events/event.ts";
import { eventsTo } from "./events/events.ts";
import type { UpgradePlan } from "./events/upgrade-plan.ts";
import { localHost } from "./host/local/local-host.ts";
import { rootDirectoryOf, rootedHost } from "./host/rooted.ts";
import { examineNode } from "./kubeadm/doctor/doctor.ts";
import type { DoctorReport } from "./kubeadm/doctor/report.ts";
import {
  type CommandLine,
  commandFlags,
  type FlagTable,
  flagName,
  flagsByName,
  flagsOfNames,
} from "./kubeadm/flags/flag-table.ts";
import type { InitFlags } from "./kubeadm/flags/init-flags.ts";
import type { JoinFlags } from "./kubeadm/flags/join-flags.ts";
import type { ResetFlags } from "./kubeadm/flags/reset-flags.ts";
import type { UpgradeApplyFlags } from "./kubeadm/flags/upgrade-apply-flags.ts";
import type { UpgradeNodeFlags } from "./kubeadm/flags/upgrade-node-flags.ts";
import type { UpgradePlanFlags } from "./kubeadm/flags/upgrade-plan-flags.ts";
import type { InitResult } from "./phases/init/init.ts";
import type { JoinResult } from "./phases/join/join.ts";
import type { ResetResult } from "./phases/reset/reset.ts";
import type { UpgradeResult } from "./phases/upgrade/upgrade.ts";
import type { ReadLine, Workflow, WorkflowPorts, WorkflowRequest } from "./phases/workflow.ts";
import { workflows } from "./phases/workflows.ts";
import { localTlsSockets } from "./sockets/local-tls-sockets.ts";
import { defined } from "./values/defined.ts";
import { flagsOfPhase, type Phase } from "./workflow/phase.ts";
import { flatten } from "./workflow/plan.ts";

/** The ports that a run uses: the machine, and the connections to API servers, etcd and the container runtime. */
export type RunPorts = Omit<WorkflowPorts, "events" | "signal" | "readLine">;

/** The options of a run, in addition to its flags. */
export interface RunOptions {
  /** Full name of the only phase to run, including its children: "certs", "certs/ca". By default, all phases run. */
  readonly only?: string;
  /** Absolute path of a directory that is used as the root of the file system (--rootfs). */
  readonly rootfs?: string;
  /** Receives each event as it happens: phases, checks, changes, waits, warnings. Must not throw. */
  readonly onEvent?: (event: Event) => void;
  /**
   * Aborts the run, which then throws KubeadmError CANCELLED. The error's cause is the signal's reason, such as the
   * TimeoutError of AbortSignal.timeout. An init or join first undoes the current phase. An upgrade leaves the control
   * plane unchanged; the same call resumes.
   */
  readonly signal?: AbortSignal;
  /** Ports to replace; by default, those of this machine. */
  readonly ports?: Partial<RunPorts>;
}

/** Flags by their names in camelCase. Paths are absolute. */
export type GivenFlags<Flags> = Omit<Flags, keyof CommandLine>;

/** The options of `initCluster`. */
export interface InitClusterOptions extends RunOptions {
  readonly flags?: GivenFlags<InitFlags>;
}

/** The options of `joinCluster`. */
export interface JoinClusterOptions extends RunOptions {
  /** `apiServerEndpoint` is the command's argument, `host:port`. */
  readonly flags: GivenFlags<JoinFlags>;
}

/** The options of `resetNode`. */
export interface ResetNodeOptions extends RunOptions {
  readonly flags?: GivenFlags<ResetFlags>;
  /**
   * Answers the question whether to proceed, which is asked unless `flags` has `force` or `dryRun`. By default, the answer
   * is no.
   */
  readonly readLine?: ReadLine;
}

/**
 * Makes this machine the first control plane of a new cluster, as `kubeadm init` does. Throws KubeadmError (its codes are
 * in errorCatalogue).
 */
export async function initCluster(options: InitClusterOptions = {}): Promise<InitResult> {
  const workflow = await workflows.init.load();
  const flags = { ...options.flags, ...lineOf(workflow, options) };
  return runHere(workflow, { flags }, options);
}

/**
 * Makes this machine a worker or a control plane of an existing cluster, as `kubeadm join` does. Throws KubeadmError (its
 * codes are in errorCatalogue).
 */
export async function joinCluster(options: JoinClusterOptions): Promise<JoinResult> {
  const workflow = await workflows.join.load();
  const flags = { ...options.flags, ...lineOf(workflow, options) };
  return runHere(workflow, { flags }, options);
}

/**
 * Reverts what `initCluster` or `joinCluster` did on this machine, as `kubeadm reset` does, and returns what is left.
 * Throws KubeadmError (its codes are in errorCatalogue).
 */
export async function resetNode(options: ResetNodeOptions = {}): Promise<ResetResult> {
  const workflow = await workflows.reset.load();
  const flags = { ...options.flags, ...lineOf(workflow, options) };
  return runHere(workflow, { flags }, options);
}

/** What `init` is called with. */
export type InitRequest = WorkflowRequest<InitFlags>;

/** What `init` uses to reach the machine, the cluster and the user. */
export type InitPorts = WorkflowPorts;

/**
 * Makes the machine the first control plane of a new cluster, or runs one phase of init, and emits events. Throws
 * KubeadmError.
 */
export async function init(request: InitRequest, ports: InitPorts): Promise<InitResult> {
  const workflow = await workflows.init.load();
  return workflow.run(request, ports);
}

/** What `join` is called with. */
export type JoinRequest = WorkflowRequest<JoinFlags>;

/** What `join` uses to reach the machine, the cluster and the user. */
export type JoinPorts = WorkflowPorts;

/**
 * Makes the machine a worker or a control plane of the cluster, or runs one phase of join, and emits events. Throws
 * KubeadmError.
 */
export async function join(request: JoinRequest, ports: JoinPorts): Promise<JoinResult> {
  const workflow = await workflows.join.load();
  return workflow.run(request, ports);
}

/** What `reset` is called with. */
export type ResetRequest = WorkflowRequest<ResetFlags>;

/** What `reset` uses to reach the machine, the cluster and the user. */
export type ResetPorts = WorkflowPorts;

/**
 * Undoes on the machine what init or join did, or runs one phase of reset, and emits events. Throws KubeadmError; if reset
 * refuses to run, it does so before it changes anything.
 */
export async function reset(request: ResetRequest, ports: ResetPorts): Promise<ResetResult> {
  const workflow = await workflows.reset.load();
  return workflow.run(request, ports);
}

/** The options of `planUpgrade`. */
export interface PlanUpgradeOptions extends Omit<RunOptions, "only"> {
  /** The command's argument: a version, or a label such as "stable-1.37". The newest releases are looked up without it. */
  readonly version?: string;
  readonly flags?: GivenFlags<UpgradePlanFlags>;
}

/** The options of `upgradeCluster`. */
export interface UpgradeClusterOptions extends RunOptions {
  /** The command's argument: a version, or a label such as "stable-1.37". Not needed if `flags.config` names it. */
  readonly version?: string;
  readonly flags?: GivenFlags<UpgradeApplyFlags>;
  /**
   * Answers the question whether to proceed, which is asked unless `flags` has `yes`, `force` or `dryRun`. By default, the
   * answer is no.
   */
  readonly readLine?: ReadLine;
}

/** The options of `upgradeNode`. */
export interface UpgradeNodeOptions extends RunOptions {
  readonly flags?: GivenFlags<UpgradeNodeFlags>;
}

/**
 * Checks the cluster and returns the versions it can be upgraded to, as `kubeadm upgrade plan` does. The check runs
 * a Job for a few seconds; nothing else is changed. Throws KubeadmError (its codes are in errorCatalogue), such as
 * PREFLIGHT_FAILED if the cluster fails the checks, CLUSTER_UNREACHABLE, and CANCELLED if the signal is aborted.
 */
export async function planUpgrade(options: PlanUpgradeOptions = {}): Promise<UpgradePlan> {
  const { flags = {}, version } = options;
  const [{ planUpgrade: plan }, { upgradePlanFlags }] = await Promise.all([
    import("./phases/upgrade/plan/plan-upgrade.ts"),
    import("./kubeadm/flags/upgrade-plan-flags.ts"),
  ]);
  const line = commandLineOf(upgradePlanFlags, flags, [], undefined);
  const request = { flags: { ...flags, ...line }, args: argumentsOf(version), findsOutlook: true };
  return cancellable(options.signal, (signal) => plan(request, portsOf(options, signal)));
}

/**
 * Upgrades the cluster to a version, starting with this control plane, as `kubeadm upgrade apply` does. Throws
 * KubeadmError (its codes are in errorCatalogue), such as UPGRADE_VERSION_REFUSED, UPGRADE_NOT_CONFIRMED,
 * PREFLIGHT_FAILED, UPGRADE_COMPONENT_FAILED or UPGRADE_ETCD_FAILED after a rollback, UPGRADE_ROLLBACK_FAILED, and
 * CANCELLED if the signal is aborted; the same call then resumes.
 */
export async function upgradeCluster(options: UpgradeClusterOptions = {}): Promise<UpgradeResult> {
  const workflow = await workflows.upgradeApply.load();
  const flags = { ...options.flags, ...lineOf(workflow, options) };
  return runHere(workflow, { flags, args: argumentsOf(options.version) }, options);
}

/**
 * Upgrades this control plane or worker to the version of the cluster, as `kubeadm upgrade node` does. Throws KubeadmError
 * (its codes are in errorCatalogue), such as MANIFEST_MISSING for half a control plane, and those of `upgradeCluster`.
 */
export async function upgradeNode(options: UpgradeNodeOptions = {}): Promise<UpgradeResult> {
  const workflow = await workflows.upgradeNode.load();
  const flags = { ...options.flags, ...lineOf(workflow, options) };
  return runHere(workflow, { flags }, options);
}

function argumentsOf(version: string | undefined): readonly string[] {
  return version === undefined ? [] : [version];
}

/** Runs a workflow on the machine of the options. */
async function runHere<Table extends FlagTable, Flags, Result>(
  workflow: Workflow<Table, Flags, Result>,
  request: Omit<WorkflowRequest<Flags>, "only">,
  options: RunOptions & { readonly readLine?: ReadLine },
): Promise<Result> {
  const { only, readLine } = options;
  return cancellable(options.signal, (signal) =>
    workflow.run({ ...request, ...defined({ only }) }, { ...portsOf(options, signal), ...defined({ readLine }) }),
  );
}

/** Runs with a signal that is aborted with CANCELLED when the caller's signal is aborted. */
async function cancellable<T>(given: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const cancel = () => controller.abort(cancelled(given?.reason));
  if (given?.aborted === true) cancel();
  given?.addEventListener("abort", cancel, { once: true });
  try {
    return await run(controller.signal);
  } finally {
    given?.removeEventListener("abort", cancel);
  }
}

/** Returns the error for the reason that a caller gave. Code that runs meanwhile recognizes an interruption by it. */
function cancelled(reason: unknown): KubeadmError {
  if (isKubeadmError(reason) && reason.code === "CANCELLED") return reason;
  return new KubeadmError("CANCELLED", "interrupted", { cause: reason });
}

/** Options of `doctor`. */
export interface DoctorOptions extends Omit<RunOptions, "only"> {
  /** Names of the checks to run; by default, all. */
  readonly checks?: readonly string[];
}

/**
 * Diagnoses why this node isn't working, as `kubeadm doctor` does. Changes nothing, and finishes within three seconds.
 * Throws KubeadmError for a check that does not exist, and CANCELLED if the signal is aborted.
 */
export async function doctor(options: DoctorOptions = {}): Promise<DoctorReport> {
  const { checks, ...run } = options;
  const selected = checks === undefined ? {} : { only: checks };
  return cancellable(run.signal, (signal) => examineNode(selected, portsOf(run, signal)));
}

/** Returns the ports from the options, with those of this machine as defaults, below `rootfs`. */
function portsOf({ ports = {}, rootfs, onEvent = () => undefined }: RunOptions, signal: AbortSignal): WorkflowPorts {
  const host = ports.host ?? localHost();
  const locate = rootfs === undefined ? undefined : rootDirectoryOf(host, rootfs).withSocket;
  return {
    connectTransport: connectHttps,
    connectContainerRuntime: (endpoint) => connectContainerRuntime(endpoint, defined({ locate })),
    connectEtcd: etcdBy(localTlsSockets),
    inspectServer,
    ...ports,
    host: rootfs === undefined ? host : rootedHost(host, rootfs),
    events: eventsTo(onEvent, () => host.clock.now()),
    signal,
  };
}

/** Returns the command line of a workflow that has these flags. */
function lineOf<Table extends FlagTable>(
  { flags: table, phases }: Pick<Workflow<Table, never, unknown>, "flags" | "phases">,
  { flags = {}, only }: { readonly flags?: object; readonly only?: string },
): CommandLine {
  return commandLineOf(table, flags, phases, only);
}

/**
 * Returns what the command line parser would return for these flags. Phases use `accepted` to decide how to find the
 * cluster and the runtime.
 */
function commandLineOf<Context>(
  table: FlagTable,
  flags: object,
  phases: readonly Phase<Context>[],
  only: string | undefined,
): CommandLine {
  // If no phase has the name, `plan` throws.
  const step = flatten(phases).find(({ fullName }) => fullName === only);
  const accepted =
    step === undefined ? commandFlags(table) : flagsOfNames(flagsOfPhase(step.phase), flagsByName(table));
  const given = Object.keys(table).filter((field) => Object.hasOwn(flags, field));
  return { given: given.map(flagName), accepted: Object.keys(accepted) };
}
