import type { Events } from "../../events/events.ts";
import { joinHostPort, splitHostPort } from "../../go/host-port.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";

/** Returns the URL of this machine's API server, from the address that it advertises. */
export function localServer({ localAPIEndpoint }: Pick<ControlPlaneNode, "localAPIEndpoint">): string {
  return `https://${joinHostPort(localAPIEndpoint.advertiseAddress, localAPIEndpoint.bindPort)}`;
}

/**
 * Returns the URL of the API server for other machines: controlPlaneEndpoint, or this machine's API server without one.
 */
export function controlPlaneServer(node: Pick<ControlPlaneNode, "localAPIEndpoint" | "cluster">): string {
  const { controlPlaneEndpoint } = node.cluster;
  if (controlPlaneEndpoint === "") return localServer(node);
  // Only an address with colons gets brackets, however the endpoint was written.
  const { host, port } = splitHostPort(controlPlaneEndpoint);
  return `https://${joinHostPort(host, port)}`;
}

/** Warns, once in a run (`warned`), that the endpoint's port differs from the one that this API server listens on. */
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
