import type { EventTypes } from "../../events/event.ts";
import type { UpgradeOptions } from "../../kubeadm/config/upgrade/upgrade-options.ts";
import type { Fact } from "../../workflow/fact.ts";
import { definePhase } from "../../workflow/phase.ts";
import type { RunOutsidePhases } from "../../workflow/run.ts";
import type { WorkflowContext } from "../workflow.ts";

/** Name of the phase that replaces the static Pods. */
export const controlPlanePhase = "control-plane";

/** The context of every phase of `upgrade apply` and `upgrade node`. */
export type UpgradeContext = WorkflowContext<UpgradeOptions>;

/** Reports whether this machine is a worker, which skips what is for control planes, and says so. */
export function isPassedOver(part: EventTypes["upgrade.worker.skipped"], { context, events }: UpgradeRun): boolean {
  if (context.options.role !== "worker") return false;
  events.emit("upgrade.worker.skipped", part);
  return true;
}

export type UpgradeFact<T> = Fact<UpgradeContext, T>;
export type UpgradeRun = RunOutsidePhases<UpgradeContext>;

export const defineUpgradePhase = definePhase<UpgradeContext>();
