import type { Connections } from "../../cluster/connections.ts";
import type { InspectServer } from "../../cluster/https-inspection.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { ConnectEtcd } from "../../etcd/etcd.ts";
import type { Host } from "../../host/host.ts";
import type { RunRecord } from "../../journal/run-record.ts";
import type { JoinOptions } from "../../kubeadm/config/join/join-options.ts";
import { type Condition, definePhase } from "../../workflow/phase.ts";

/** The context of every phase of join. */
export interface JoinContext {
  /** The resolved command line and configuration file. */
  readonly options: JoinOptions;
  /** Composed by the caller: its rooted, dry-run and observed adapters are in place. */
  readonly host: Host;
  readonly connections: Connections;
  readonly inspectServer: InspectServer;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  /** What this run and the one that it continues have done; undefined where nothing is recorded. */
  readonly record?: RunRecord;
  /** When this run began: it did not cause what the machine's programs did before. */
  readonly startedAt: Date;
  readonly connectEtcd: ConnectEtcd;
  /** Both etcd-join and the phase of the other manifests run: an API server's is written with that of its local etcd. */
  readonly startsApiServerWithEtcd: boolean;
  /** Where a dry run puts the files that a real run would write. */
  readonly dryRunDirectory?: string;
}

export const defineJoinPhase = definePhase<JoinContext>();

/** The condition of the phases that make a control plane. */
export const joinsAsControlPlane: Condition<JoinContext> = {
  describe: "the node joins as a control plane",
  holds: async ({ context }) => context.options.configuration.controlPlane !== undefined,
};
