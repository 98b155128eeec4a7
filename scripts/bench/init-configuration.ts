import { cgroupVersion } from "../../lab/cluster.ts";
import { initConfig } from "../../lab/cluster-config.ts";
import type { LabHost } from "../../lab/lab-host.ts";

interface Cluster {
  readonly kubernetes: string;
  readonly token: string;
  readonly certificateKey: string;
}

/** Writes the configuration of a cluster whose first control plane is the host, and returns the arguments of init. */
export async function writeInitConfiguration(
  host: LabHost,
  { kubernetes, token, certificateKey }: Cluster,
): Promise<readonly string[]> {
  const request = { kubernetes, hostName: host.name, address: host.address, families: "ipv4" } as const;
  const secrets = { token, certificateKey };
  const { text } = initConfig({ ...request, ...secrets, auditLog: false, cgroupVersion: cgroupVersion() });
  await host.writeFile("/root/init.yaml", text, 0o600);
  return ["init", "--config", "/root/init.yaml", "--upload-certs"];
}
