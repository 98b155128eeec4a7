import type { ConnectTransport } from "../../cluster/transport.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { ConnectEtcd } from "../../etcd/etcd.ts";
import type { Events } from "../../events/events.ts";
import type { Host } from "../../host/host.ts";
import type { RunRecord } from "../../journal/run-record.ts";
import type { UpgradeOptions } from "../../kubeadm/config/upgrade/upgrade-options.ts";
import { isBackupDirectory } from "../../kubeadm/upgrade/backups/backup-directory.ts";
import { isUpgrade } from "../../kubeadm/upgrade/node/machine-role.ts";
import { defined } from "../../values/defined.ts";
import type { Phase } from "../../workflow/phase.ts";
import { plan, type Step } from "../../workflow/plan.ts";
import { runSteps } from "../../workflow/run.ts";
import { portFailure } from "../port-failure.ts";
import { whileLocked } from "../recorded-run.ts";
import { identityOfUpgrade } from "../run-identity.ts";
import { openMachine } from "../workflow-machine.ts";
import { controlPlanePhase, type UpgradeContext, type UpgradedRole, type UpgradeRun } from "./context.ts";
import { lookEarly } from "./early-looks.ts";
import { clusterWrites } from "./facts.ts";
import type { UpgradedNode } from "./upgraded-node.ts";

/** What `upgrade apply` and `upgrade node` use to reach the machine and the cluster. */
export interface UpgradePorts {
  /** Already rooted if the upgrade must work on another root. */
  readonly host: Host;
  readonly connectTransport: ConnectTransport;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly connectEtcd: ConnectEtcd;
  readonly readLine: (signal: AbortSignal) => Promise<string | undefined>;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/** What `upgrade apply` and `upgrade node` return. */
export interface UpgradeResult {
  /** Name of the Node. */
  readonly nodeName: string;
  /** Whether the machine is a control plane. */
  readonly controlPlane: boolean;
  /** The version that the machine has been upgraded to, with a leading v. The kubelet is upgraded by its package. */
  readonly kubernetesVersion: string;
  /** Whether nothing was changed (--dry-run). */
  readonly dryRun: boolean;
}

export interface PreparedUpgrade {
  readonly options: UpgradeOptions;
  readonly role: UpgradedRole;
  /** Full name of the only phase to run; the whole upgrade if undefined. */
  readonly only: string | undefined;
  /** Milliseconds to wait for another run on this machine to end. */
  readonly waitMs: number;
  /** Reads the cluster before any phase, same as upstream. */
  readonly begin: (run: UpgradeRun) => Promise<UpgradedNode>;
  /** Runs after the last phase of a whole upgrade that is no dry run. */
  readonly finish?: (run: UpgradeRun) => Promise<void>;
}

/**
 * Runs the phases of an upgrade while the machine is locked, with the record of the run. An upgrade with other options, or
 * by the other command, replaces an unfinished one: its phases find what that one has left. A refused one
 * changes nothing.
 */
export function runUpgrade(
  phases: readonly Phase<UpgradeContext>[],
  prepared: PreparedUpgrade,
  ports: UpgradePorts,
): Promise<UpgradeResult> {
  const { options, role, only, waitMs } = prepared;
  const steps = plan(phases, { skip: only === undefined ? options.skipPhases : [], ...defined({ only }) });
  const { hostname } = ports.host.machine;
  const identity = identityOfUpgrade(options, { role, hostname });
  const recorded = { command: identity.command, identity, only, dryRun: options.dryRun, waitMs };
  // Certificates and backups of static Pods that are half replaced are those of the run that began with it.
  const replacement = { of: isUpgrade, keepsStart: (phase: string) => phase === controlPlanePhase };
  return whileLocked(phases, { ...recorded, replacement }, ports, (record) =>
    runPlanned(steps, { ...prepared, record }, ports),
  );
}

async function runPlanned(
  steps: readonly Step<UpgradeContext>[],
  { options, role, only, record, begin, finish }: PreparedUpgrade & { readonly record: RunRecord | undefined },
  ports: UpgradePorts,
): Promise<UpgradeResult> {
  const { connectContainerRuntime, connectEtcd, readLine, signal } = ports;
  const command = options.apply === undefined ? "upgrade node" : "upgrade apply";
  const { close, events, ...machine } = await openMachine(
    { ...options, command, requiresCluster: true },
    ports,
    record,
  );
  const { clock } = machine.host;
  const context: UpgradeContext = {
    ...{ options, role, ...machine, connectContainerRuntime, connectEtcd, readLine, startedAt: clock.now() },
    ...defined({ record }),
  };
  const outcome: { result?: UpgradeResult } = {};
  try {
    await runSteps(steps, {
      ...{ context, events, signal, clock, dryRun: options.dryRun, explain: portFailure },
      ...defined({ log: record }),
      begin: async (run) => {
        if (options.dryRun) run.events.emit("dryrun.client", { path: options.kubeconfigPath });
        await nameBackups(record, run);
        await clusterWrites(run);
        lookEarly(steps, run);
        outcome.result = resultOf(await begin(run), options);
      },
      finish: async (run) => {
        if (only !== undefined) return;
        if (options.dryRun) run.events.emit("upgrade.dry-run.finished", {});
        else await finish?.(run);
      },
    });
  } finally {
    close();
  }
  if (outcome.result === undefined) throw new TypeError("an upgrade begins with reading its node");
  return outcome.result;
}

function resultOf({ nodeName, cluster, localAPIEndpoint }: UpgradedNode, { dryRun }: UpgradeOptions): UpgradeResult {
  const { kubernetesVersion } = cluster;
  return { nodeName, controlPlane: localAPIEndpoint !== undefined, kubernetesVersion, dryRun };
}

/** Names the backups of the run that this one continues. */
async function nameBackups(record: RunRecord | undefined, { context, events }: UpgradeRun): Promise<void> {
  const directories: string[] = [];
  for (const path of record?.keptPaths() ?? []) {
    if (isBackupDirectory(path) && (await context.host.files.status(path)) !== undefined) directories.push(path);
  }
  if (directories.length > 0) events.emit("upgrade.backups.kept", { directories });
}
