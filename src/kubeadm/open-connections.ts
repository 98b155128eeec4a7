import type { Clock } from "../async/clock.ts";
import { type Connections, type ConnectionsOptions, connections } from "../cluster/connections.ts";
import { userAgent } from "./version.ts";

export interface OpenConnectionsOptions extends Omit<ConnectionsOptions, "userAgent" | "monotonic"> {
  readonly clock: Pick<Clock, "monotonic">;
}

/** The connections of one run of kubeadm, under its own user agent. The caller closes them. */
export function openConnections({ clock, ...options }: OpenConnectionsOptions): Connections {
  return connections({ ...options, userAgent, monotonic: () => clock.monotonic() });
}
