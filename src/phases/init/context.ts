import type { Connections } from "../../cluster/connections.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { Host } from "../../host/host.ts";
import type { RunRecord } from "../../journal/run-record.ts";
import type { InitOptions } from "../../kubeadm/config/init/init-options.ts";
import { definePhase } from "../../workflow/phase.ts";

/** The context of every phase of init. */
export interface InitContext {
  /** The resolved command line and configuration file. */
  readonly options: InitOptions;
  /** Composed by the caller: its rooted, dry-run and observed adapters are in place. */
  readonly host: Host;
  readonly connections: Connections;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  /** What this run and the one that it continues have done; undefined where nothing is recorded. */
  readonly record?: RunRecord;
  /** When this run began: it did not cause what the machine's programs did before. */
  readonly startedAt: Date;
  /** Where a dry run puts the files that a real run would write. */
  readonly dryRunDirectory?: string;
  /** Only one phase (with its children) runs: its kubeconfig is the one that --kubeconfig names. */
  readonly runsAlone: boolean;
}

export const defineInitPhase = definePhase<InitContext>();
