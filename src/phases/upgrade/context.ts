import type { Connections } from "../../cluster/connections.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { ConnectEtcd } from "../../etcd/etcd.ts";
import type { EventTypes } from "../../events/event.ts";
import type { Host } from "../../host/host.ts";
import type { RunRecord } from "../../journal/run-record.ts";
import type { UpgradeOptions } from "../../kubeadm/config/upgrade/upgrade-options.ts";
import type { Fact, Run } from "../../workflow/fact.ts";
import { definePhase } from "../../workflow/phase.ts";

export type UpgradedRole = "worker" | "control-plane";

/** Name of the phase that replaces the static Pods. */
export const controlPlanePhase = "control-plane";

/** The context of every phase of `upgrade apply` and `upgrade node`. */
export interface UpgradeContext {
  readonly options: UpgradeOptions;
  /** What this machine is, by its files. `upgrade apply` runs on control planes only. */
  readonly role: UpgradedRole;
  /** Composed by the caller: its rooted, dry-run and observed adapters are in place. */
  readonly host: Host;
  readonly connections: Connections;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly connectEtcd: ConnectEtcd;
  /** Reads a line of the answer to a question; undefined where the input has ended. */
  readonly readLine: (signal: AbortSignal) => Promise<string | undefined>;
  /** What this run and the one that it continues have done; undefined where nothing is recorded. */
  readonly record?: RunRecord;
  /** When this run began: it did not cause what the machine's programs did before. */
  readonly startedAt: Date;
}

/** Reports whether this machine is a worker, which skips what is for control planes, and says so. */
export function isPassedOver(part: EventTypes["upgrade.worker.skipped"], { context, events }: UpgradeRun): boolean {
  if (context.role !== "worker") return false;
  events.emit("upgrade.worker.skipped", part);
  return true;
}

export type UpgradeFact<T> = Fact<UpgradeContext, T>;
export type UpgradeRun = Pick<Run<UpgradeContext>, "context" | "events" | "signal" | "value" | "prefetch">;

export const defineUpgradePhase = definePhase<UpgradeContext>();
