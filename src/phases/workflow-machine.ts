import type { Connections } from "../cluster/connections.ts";
import type { ConnectTransport } from "../cluster/transport.ts";
import type { Events } from "../events/events.ts";
import type { Host } from "../host/host.ts";
import { observedHost } from "../host/observed.ts";
import type { RunRecord } from "../journal/run-record.ts";
import { clockSkewWatch } from "../kubeadm/discovery/clock-skew.ts";
import { openConnections } from "../kubeadm/open-connections.ts";
import { defined } from "../values/defined.ts";
import { type DryRunOptions, dryRunMachine } from "./dry-run-machine.ts";
import { recordedConnections } from "./recorded-cluster.ts";

/** The machine and the cluster for the phases of a workflow, with all adapters, a dry run's included. */
export interface WorkflowMachine {
  readonly host: Host;
  readonly connections: Connections;
  readonly events: Events;
  /** Where a dry run puts the files that a real run would write. */
  readonly dryRunDirectory?: string;
  close(): void;
}

export async function openMachine(
  options: DryRunOptions,
  ports: { readonly host: Host; readonly connectTransport: ConnectTransport; readonly events: Events },
  record: RunRecord | undefined,
): Promise<WorkflowMachine> {
  const { connectTransport } = ports;
  const { host, observed, events, dryRunDirectory } = await dryRunMachine(options, ports.host, ports.events);
  const { clock, machine } = host;
  const pool = openConnections({
    connectTransport,
    environment: machine.environment,
    events,
    clock,
    onServerDate: clockSkewWatch(clock, events),
  });
  return {
    host: observedHost(
      record === undefined ? host : { ...host, files: record.files, services: record.services },
      events,
    ),
    connections: observed(record === undefined ? pool : recordedConnections(pool, record.notes)),
    events,
    ...defined({ dryRunDirectory }),
    close: () => pool.close(),
  };
}
