import type { Events } from "../../events/events.ts";
import { joinHostPort, splitHostPort } from "../../go/host-port.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";

/** The API server of this machine, by the address that it advertises. */
export function localServer({ localAPIEndpoint }: Pick<ControlPlaneNode, "localAPIEndpoint">): string {
  return `https://${joinHostPort(localAPIEndpoint.advertiseAddress, localAPIEndpoint.bindPort)}`;
}

/** The API server as other machines are to reach it: the endpoint of the cluster, and without one this machine's. */
export function controlPlaneServer(node: Pick<ControlPlaneNode, "localAPIEndpoint" | "cluster">): string {
  const { controlPlaneEndpoint } = node.cluster;
  if (controlPlaneEndpoint === "") return localServer(node);
  // Brackets stand around an address with colons only, however the endpoint was written.
  const { host, port } = splitHostPort(controlPlaneEndpoint);
  return `https://${joinHostPort(host, port)}`;
}

/** Once in a run (`warned`): other machines reach the cluster at a port that is not the one this API server listens on. */
export function warnOfEndpointPort(
  { localAPIEndpoint, cluster }: Pick<ControlPlaneNode, "localAPIEndpoint" | "cluster">,
  { events, warned }: { readonly events: Events; readonly warned: Set<string> },
): void {
  const { controlPlaneEndpoint } = cluster;
  if (controlPlaneEndpoint === "" || warned.has("endpoint port")) return;
  if (Number(splitHostPort(controlPlaneEndpoint).port) === localAPIEndpoint.bindPort) return;
  warned.add("endpoint port");
  const message = "WARNING: port specified in controlPlaneEndpoint overrides bindPort in the controlplane address";
  events.emit("warning", { area: "endpoint", message });
}
