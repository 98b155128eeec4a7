import { privilegedUser } from "../../kubeadm/preflight/machine.ts";
import { type RunChecksOptions, runChecks } from "../../kubeadm/preflight/run-checks.ts";
import { upgradeChecks } from "../../kubeadm/preflight/upgrade-checks.ts";
import type { UpgradeRun } from "./context.ts";
import { machineLooks } from "./early-looks.ts";
import { resumesControlPlane } from "./unfinished-upgrade.ts";

/** Returns how the preflight checks of an upgrade run. */
export function checkingOf({ context, events, signal }: UpgradeRun): RunChecksOptions {
  const { host, options, connectContainerRuntime } = context;
  const ignore = new Set(options.ignorePreflightErrors);
  return { ignore, inTurn: options.dryRun, ports: { ...host, connectContainerRuntime }, events, signal };
}

/** Runs the checks of the machine before its upgrade. */
export async function checkMachine(command: "apply" | "node", criSocket: string, run: UpgradeRun): Promise<void> {
  const checking = checkingOf(run);
  run.events.emit("upgrade.preflight.started", { command });
  await runChecks([privilegedUser], checking);
  await runChecks(upgradeChecks(criSocket, machineLooks(criSocket, run)), checking);
}

/** Failures of an earlier run after which the control plane may be neither the old nor the new one. */
const leavesPieces: ReadonlySet<string | undefined> = new Set([undefined, "CANCELLED", "UPGRADE_ROLLBACK_FAILED"]);

/**
 * Reports whether an earlier run to this version was interrupted while it replaced the static Pods: the cluster has passed
 * its checks before, and cannot pass them until the upgrade has gone on.
 */
export function isInPieces(version: string, { context, events }: UpgradeRun): boolean {
  const { record } = context;
  if (record === undefined || !resumesControlPlane(record, version)) return false;
  if (!leavesPieces.has(record.resumed?.journal.failure)) return false;
  const message = "the cluster passed its checks before the upgrade was interrupted; skipping them";
  events.emit("log", { level: 0, area: "upgrade/preflight", message });
  return true;
}
