import type { Connections } from "../../cluster/connections.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { Host } from "../../host/host.ts";
import type { InitOptions } from "../../kubeadm/config/init/init-options.ts";
import { definePhase } from "../../workflow/phase.ts";

/** What every phase of an init can reach. */
export interface InitContext {
  /** The resolved command line and configuration file. */
  readonly options: InitOptions;
  /** Composed by the caller: rooted, dry-run and observed adapters are on already. */
  readonly host: Host;
  readonly connections: Connections;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  /** When this run began: what the machine's programs did before is not its doing. */
  readonly startedAt: Date;
  /** Where a dry run leaves what it would have written. */
  readonly dryRunDirectory?: string;
  /** Only one phase (with its children) runs: its kubeconfig is the one that --kubeconfig names. */
  readonly runsAlone: boolean;
}

export const defineInitPhase = definePhase<InitContext>();
