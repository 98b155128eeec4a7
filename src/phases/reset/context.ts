import type { Connections } from "../../cluster/connections.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { ConnectEtcd } from "../../etcd/etcd.ts";
import type { Leftover } from "../../events/event.ts";
import type { Host } from "../../host/host.ts";
import type { ResetOptions } from "../../kubeadm/config/reset/reset-options.ts";
import { definePhase } from "../../workflow/phase.ts";

/** The context of every phase of reset. */
export interface ResetContext {
  /** The resolved command line and configuration file. */
  readonly options: ResetOptions;
  /** Composed by the caller: its rooted, dry-run and observed adapters are in place. */
  readonly host: Host;
  readonly connections: Connections;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly connectEtcd: ConnectEtcd;
  readonly readLine: ReadLine;
  readonly outcome: ResetOutcome;
}

/** Returns one line of the user's input; undefined at its end. Throws the signal's reason when the signal aborts. */
export type ReadLine = (signal: AbortSignal) => Promise<string | undefined>;

/** What the phases found, for the closing message. */
export interface ResetOutcome {
  /** The machine held traces of a cluster. */
  foundTraces: boolean;
  /** Name of the Node that was removed from the cluster. */
  leftNode?: string;
  /** What should have been removed and is still there. */
  readonly remains: Leftover[];
}

export const defineResetPhase = definePhase<ResetContext>();
