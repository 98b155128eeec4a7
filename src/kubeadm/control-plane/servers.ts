import { joinHostPort } from "../apis/host-port.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";

/** The API server of this machine, by the address that it advertises. */
export function localServer({ localAPIEndpoint }: Pick<ControlPlaneNode, "localAPIEndpoint">): string {
  return `https://${joinHostPort(localAPIEndpoint.advertiseAddress, localAPIEndpoint.bindPort)}`;
}
