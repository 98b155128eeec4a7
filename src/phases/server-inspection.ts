import type { InspectServer } from "../cluster/https-inspection.ts";
import { proxyFor } from "../cluster/proxy.ts";
import type { Host } from "../host/host.ts";

/** Servers behind a proxy are not looked at: this machine may not reach them directly, which says nothing of them. */
export function directInspection(ports: {
  readonly host: Pick<Host, "machine">;
  readonly inspectServer: InspectServer;
}): InspectServer {
  const { environment } = ports.host.machine;
  return async (url, signal) =>
    proxyFor(new URL(url), environment) === undefined ? ports.inspectServer(url, signal) : undefined;
}
