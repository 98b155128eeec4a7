import type { ConnectTransport } from "../../../cluster/transport.ts";
import { memoryHost } from "../../../host/memory.ts";
import { main } from "../../main.ts";
import { memoryPorts } from "../../memory-ports.ts";

/** The cluster that the commands work on. */
interface AdministeredCluster {
  readonly adminKubeconfig: string;
  readonly connectInProcess: ConnectTransport;
}

export interface Surroundings {
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a token command as an administrator on a control plane would. */
export async function runToken(
  controlPlane: AdministeredCluster,
  line: string | readonly string[],
  { files, environment = {} }: Surroundings = {},
) {
  const host = memoryHost({
    files: files ?? { "/etc/kubernetes/admin.conf": controlPlane.adminKubeconfig },
    clock: { start: new Date(), automatic: true },
  });
  const ports = memoryPorts({
    host,
    environment: { HOME: "/root", ...environment },
    connectTransport: async () => controlPlane.connectInProcess,
  });
  const status = await main(["token", ...(typeof line === "string" ? line.split(" ") : line)], ports);
  return { status, stdout: ports.stdout.text(), stderr: ports.stderr.text() };
}
