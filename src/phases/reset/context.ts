import type { Connections } from "../../cluster/connections.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { ConnectEtcd } from "../../etcd/etcd.ts";
import type { Leftover } from "../../events/event.ts";
import type { Host } from "../../host/host.ts";
import type { ResetOptions } from "../../kubeadm/config/reset/reset-options.ts";
import { definePhase } from "../../workflow/phase.ts";

/** What every phase of a reset can reach. */
export interface ResetContext {
  /** The resolved command line and configuration file. */
  readonly options: ResetOptions;
  /** Composed by the caller: rooted, dry-run and observed adapters are on already. */
  readonly host: Host;
  readonly connections: Connections;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly connectEtcd: ConnectEtcd;
  readonly readLine: ReadLine;
  readonly outcome: ResetOutcome;
}

/** One line of whoever runs the program; undefined where no more comes. */
export type ReadLine = (signal: AbortSignal) => Promise<string | undefined>;

/** What the phases that ran have come upon, for the last word of the run. */
export interface ResetOutcome {
  /** Something of a cluster was there. */
  foundTraces: boolean;
  /** What was to go and is still there. */
  readonly remains: Leftover[];
}

export const defineResetPhase = definePhase<ResetContext>();
