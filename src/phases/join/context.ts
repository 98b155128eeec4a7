import type { Connections } from "../../cluster/connections.ts";
import type { InspectServer } from "../../cluster/https-inspection.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { ConnectEtcd } from "../../etcd/etcd.ts";
import type { Host } from "../../host/host.ts";
import type { JoinOptions } from "../../kubeadm/config/join/join-options.ts";
import { definePhase } from "../../workflow/phase.ts";

/** What every phase of a join can reach. */
export interface JoinContext {
  /** The resolved command line and configuration file. */
  readonly options: JoinOptions;
  /** Composed by the caller: rooted, dry-run and observed adapters are on already. */
  readonly host: Host;
  readonly connections: Connections;
  readonly inspectServer: InspectServer;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  /** When this run began: what the machine's programs did before is not its doing. */
  readonly startedAt: Date;
  readonly connectEtcd: ConnectEtcd;
  /** Where a dry run leaves what it would have written. */
  readonly dryRunDirectory?: string;
}

export const defineJoinPhase = definePhase<JoinContext>();
