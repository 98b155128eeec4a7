import type { Connections } from "../cluster/connections.ts";
import type { InspectServer } from "../cluster/https-inspection.ts";
import type { ConnectTransport } from "../cluster/transport.ts";
import type { ConnectContainerRuntime } from "../cri/container-runtime.ts";
import type { ConnectEtcd } from "../etcd/etcd.ts";
import type { Events } from "../events/events.ts";
import type { Host } from "../host/host.ts";
import type { RunIdentity } from "../journal/journal.ts";
import type { Replacement } from "../journal/open-run.ts";
import type { RunRecord } from "../journal/run-record.ts";
import type { CommandLine, FlagTable } from "../kubeadm/flags/flag-table.ts";
import type { Look } from "../kubeadm/preflight/check.ts";
import type { KubeletVersion } from "../kubeadm/preflight/kubelet-version.ts";
import { defined } from "../values/defined.ts";
import type { Phase } from "../workflow/phase.ts";
import { plan, type Step } from "../workflow/plan.ts";
import { type RunOutsidePhases, runSteps } from "../workflow/run.ts";
import type { DryRunMachine } from "./dry-run-machine.ts";
import { withKubeletVersion } from "./early-kubelet-version.ts";
import { overlookedChecks } from "./overlooked-checks.ts";
import { portFailure } from "./port-failure.ts";
import { recordedEtcd } from "./recorded-etcd.ts";
import { whileLocked } from "./recorded-run.ts";
import { openMachine } from "./workflow-machine.ts";

/** Returns one line of the user's input; undefined at its end. Throws the signal's reason when the signal aborts. */
export type ReadLine = (signal: AbortSignal) => Promise<string | undefined>;

/** What a run uses to reach the machine, the cluster and the user. */
export interface WorkflowPorts {
  /** A rootedHost if --rootfs is given. */
  readonly host: Host;
  readonly connectTransport: ConnectTransport;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly connectEtcd: ConnectEtcd;
  readonly inspectServer: InspectServer;
  /** Returns the answer to a question. Without it, the answer is no. */
  readonly readLine?: ReadLine;
  /** Receives what the run does. */
  readonly events: Events;
  /** Aborts the run. */
  readonly signal: AbortSignal;
}

/** What a workflow is called with. */
export interface WorkflowRequest<Flags> {
  /** The flags of the command line, with absolute paths. */
  readonly flags: Flags;
  /** The arguments of the command line. */
  readonly args?: readonly string[];
  /** Full name of the only phase to run; all phases run if undefined. */
  readonly only?: string;
}

/** What the options of every workflow have. */
export interface WorkflowOptions {
  readonly dryRun: boolean;
  /** Full names. */
  readonly skipPhases: readonly string[];
  /** A dry run writes its files to a directory: true even if --dry-run=false overrides the file, as in upstream. */
  readonly needsDryRunDirectory?: boolean;
}

/** What every phase and every fact of a workflow can use. */
export interface WorkflowContext<Options> {
  /** The resolved command line and configuration file. */
  readonly options: Options;
  /** With the adapters of `--rootfs`, of a dry run, of the record and of the events of changes. */
  readonly host: Host;
  readonly connections: Connections;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly connectEtcd: ConnectEtcd;
  readonly inspectServer: InspectServer;
  readonly readLine: ReadLine;
  /** What this run and the one that it continues have done; undefined where nothing is recorded. */
  readonly record?: RunRecord;
  /** When this run began: it did not cause what the machine's programs did before. */
  readonly startedAt: Date;
  /** The version of the installed kubelet, which has been asked for before the first phase. */
  readonly kubelet?: Look<KubeletVersion>;
  /** Where a dry run puts the files that a real run would write. */
  readonly dryRunDirectory?: string;
  /** Full name of the only phase that runs, with its children; undefined if the whole workflow runs. */
  readonly only?: string;
  /** Reports whether a phase is part of this run, by its full name. */
  readonly includes: (phase: string) => boolean;
}

/**
 * The arguments of the command. "none": they are refused. "one": at most one, `shown` as in "[api-server-endpoint]"; a
 * phase that `takesArgument` takes it, too. "any": `resolve` checks them, for each phase as well; with `shown`, all take it.
 */
export type WorkflowArguments =
  | { readonly kind: "none" }
  | { readonly kind: "one"; readonly shown: string }
  | { readonly kind: "any"; readonly shown?: string };

/** What command line, help and completion are made of. */
export interface WorkflowCommand<Table extends FlagTable> {
  /** As on the command line: "upgrade apply". */
  readonly name: string;
  /** The help of the command. */
  readonly description: string;
  readonly args: WorkflowArguments;
  /** The flags of the command and of its phases. */
  readonly flags: Table;
}

/** A workflow for its callers: the command line and the library. */
export interface Workflow<Table extends FlagTable, Flags, Result> extends WorkflowCommand<Table> {
  readonly phases: readonly Phase<never>[];
  /** Runs the workflow, or one phase of it, and emits events. Throws KubeadmError. */
  run(request: WorkflowRequest<Flags>, ports: WorkflowPorts): Promise<Result>;
}

/** Everything that a workflow consists of. */
export interface WorkflowDefinition<Table extends FlagTable, Flags, Options, Result> extends WorkflowCommand<Table> {
  /** In order. Help, --skip-phases, `… phase` commands and plans are derived from this list. */
  readonly phases: readonly Phase<WorkflowContext<Options>>[];
  /** Resolves the command line, the configuration file and this machine. */
  resolve(request: WorkflowRequest<Flags>, ports: WorkflowPorts): Promise<Options>;
  /**
   * Returns what makes two runs the same, so that one continues the other. Without it no record is kept, and a full disk
   * does not prevent the run.
   */
  identity?(options: Options, host: Host): RunIdentity;
  /** Its phase preflight checks the installed kubelet, which takes longest, so that it is asked before everything else. */
  readonly checksKubelet?: true;
  /** How a run replaces an unfinished one that is another run; by default it may not. */
  readonly replacement?: Replacement;
  /** Returns what a dry run needs to know of the options. */
  dryRun?(options: Options): DryRunMachine;
  /** Runs before the first phase: for what every phase requires. */
  begin?(run: RunOutsidePhases<WorkflowContext<Options>>): Promise<void>;
  /** Runs after the last phase. Returns the result. */
  finish(run: RunOutsidePhases<WorkflowContext<Options>>): Promise<Result>;
}

interface CommonFlags {
  readonly wait?: number;
  readonly skipPhases?: readonly string[];
}

/** Makes a workflow of its definition. */
export function defineWorkflow<
  Table extends FlagTable,
  Flags extends CommandLine & CommonFlags,
  Options extends WorkflowOptions,
  Result,
>(definition: WorkflowDefinition<Table, Flags, Options, Result>): Workflow<Table, Flags, Result> {
  const { name, description, args, flags, phases } = definition;
  return {
    ...{ name, description, args, flags, phases },
    run: async (request, ports) => {
      const checks = overlookedChecks(name, ports.events);
      const observed = { ...ports, events: checks.events };
      const isChecked = request.only === undefined && request.flags.skipPhases?.includes("preflight") !== true;
      try {
        return await (definition.checksKubelet === true && isChecked
          ? withKubeletVersion(observed, (kubelet) => runPlanned(definition, { ...request, kubelet }, observed))
          : runPlanned(definition, request, observed));
      } catch (error) {
        throw checks.explain(portFailure(error));
      }
    },
  };
}

interface StartedRequest<Flags> extends WorkflowRequest<Flags> {
  readonly kubelet?: Look<KubeletVersion>;
}

async function runPlanned<
  Table extends FlagTable,
  Flags extends CommandLine & CommonFlags,
  Options extends WorkflowOptions,
  Result,
>(
  definition: WorkflowDefinition<Table, Flags, Options, Result>,
  request: StartedRequest<Flags>,
  ports: WorkflowPorts,
): Promise<Result> {
  const { name, phases, identity, replacement } = definition;
  const { flags, only, kubelet } = request;
  const options = await definition.resolve(request, ports);
  const steps = plan(phases, { skip: only === undefined ? options.skipPhases : [], ...defined({ only }) });
  const locking = {
    ...{ command: name, identity: identity?.(options, ports.host), dryRun: options.dryRun, waitMs: flags.wait ?? 0 },
    ...defined({ only, replacement }),
  };
  return whileLocked(phases, locking, ports, (record) =>
    runLocked(definition, { options, steps, only, record, kubelet }, ports),
  );
}

interface LockedRun<Options> {
  readonly options: Options;
  readonly steps: readonly Step<WorkflowContext<Options>>[];
  readonly only: string | undefined;
  readonly record: RunRecord | undefined;
  readonly kubelet: Look<KubeletVersion> | undefined;
}

async function runLocked<Table extends FlagTable, Flags, Options extends WorkflowOptions, Result>(
  definition: WorkflowDefinition<Table, Flags, Options, Result>,
  { options, steps, only, record, kubelet }: LockedRun<Options>,
  ports: WorkflowPorts,
): Promise<Result> {
  const { connectContainerRuntime, connectEtcd, inspectServer, readLine = noAnswer, signal } = ports;
  const { dryRun, needsDryRunDirectory = false } = options;
  const machineOptions = { command: definition.name, dryRun, needsDryRunDirectory, ...definition.dryRun?.(options) };
  const { close, events, ...machine } = await openMachine(machineOptions, ports, record);
  const { clock } = machine.host;
  const context: WorkflowContext<Options> = {
    ...{ options, ...machine, connectContainerRuntime, inspectServer, readLine },
    connectEtcd: record === undefined ? connectEtcd : recordedEtcd(connectEtcd, record.notes),
    startedAt: clock.now(),
    includes: (phase) => steps.some(({ fullName, skipped }) => fullName === phase && !skipped),
    ...defined({ record, only, kubelet }),
  };
  try {
    return await runSteps(steps, {
      ...{ context, events, signal, clock, dryRun, explain: portFailure, ...defined({ log: record }) },
      begin: async (run) => definition.begin?.(run),
      finish: (run) => definition.finish(run),
    });
  } finally {
    close();
  }
}

const noAnswer: ReadLine = async () => undefined;
