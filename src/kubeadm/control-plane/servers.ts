import { joinHostPort } from "../apis/host-port.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";

/** The API server of this machine, by the address that it advertises. */
export function localServer({ localAPIEndpoint }: Pick<ControlPlaneNode, "localAPIEndpoint">): string {
  return `https://${joinHostPort(localAPIEndpoint.advertiseAddress, localAPIEndpoint.bindPort)}`;
}

/** The API server as other machines are to reach it: the endpoint of the cluster, and without one this machine's. */
export function controlPlaneServer(node: Pick<ControlPlaneNode, "localAPIEndpoint" | "cluster">): string {
  const { controlPlaneEndpoint } = node.cluster;
  return controlPlaneEndpoint === "" ? localServer(node) : `https://${controlPlaneEndpoint}`;
}
