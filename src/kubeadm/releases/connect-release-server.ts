import type { Connections } from "../../cluster/connections.ts";
import type { Host } from "../../host/host.ts";
import { machineAuthorities } from "../discovery/machine-authorities.ts";
import type { ReleasePorts } from "./release-labels.ts";

/** Returns what connects to release servers, which are verified with the CAs of the machine. */
export function releaseServers(
  connections: Pick<Connections, "transport">,
  { files, machine }: Pick<Host, "files" | "machine">,
): ReleasePorts["connect"] {
  return async (url) => {
    const certificateAuthority = await machineAuthorities(files, machine.environment);
    return connections.transport(url, { certificateAuthority });
  };
}
