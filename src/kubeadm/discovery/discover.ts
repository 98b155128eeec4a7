import type { ServerSettings } from "../../cluster/connections.ts";
import type { TransportConnection } from "../../cluster/transport.ts";
import { KubeadmError, messageOf, withContext } from "../../errors/kubeadm-error.ts";
import type { Files } from "../../host/host.ts";
import type { BootstrapToken } from "../config/fields/bootstrap-token.ts";
import type { Kubeconfig } from "../kubeconfig/kubeconfig.ts";
import { downloadKubeconfig } from "./download-kubeconfig.ts";
import { discoverByKubeconfig, type FileDiscoveryPorts } from "./file-discovery.ts";
import { discoverByToken } from "./token-discovery.ts";

export type DiscoverySource =
  | {
      readonly kind: "file";
      /** A path, or an https URL. */
      readonly kubeConfigPath: string;
      /** Whether a kubeconfig from a URL may name files and programs of this machine. */
      readonly mayAccessMachine: boolean;
    }
  | {
      readonly kind: "token";
      readonly endpoint: string;
      readonly token: BootstrapToken;
      readonly caCertHashes: readonly string[];
    };

export interface DiscoverPorts extends Omit<FileDiscoveryPorts, "files"> {
  readonly files: Pick<Files, "readText">;
  readonly transport: (url: string, settings: ServerSettings) => TransportConnection;
}

/** A kubeconfig is a few kilobytes. */
const maxBytes = 1024 * 1024;

/** Returns the kubeconfig of the cluster to trust, by the discovery method that the configuration names. */
export async function discover(source: DiscoverySource, timeoutMs: number, ports: DiscoverPorts): Promise<Kubeconfig> {
  try {
    if (source.kind === "token") {
      const connect = (server: string, settings: Parameters<DiscoverPorts["connect"]>[1]) =>
        ports.connect(server, settings, {});
      return await discoverByToken({ ...source, timeoutMs }, { ...ports, connect });
    }
    const name = source.kubeConfigPath;
    const mayAccessMachine = source.mayAccessMachine || !isUrl(name);
    const text = await kubeconfigText(name, ports);
    return await discoverByKubeconfig({ text, name, mayAccessMachine, timeoutMs }, ports);
  } catch (error) {
    throw withContext(error, "couldn't validate the identity of the API Server");
  }
}

/** Same as upstream; schemes are not case-sensitive. */
function isUrl(name: string): boolean {
  return /^https:/i.test(name);
}

async function kubeconfigText(name: string, ports: DiscoverPorts): Promise<string> {
  if (isUrl(name)) {
    const settings = { certificateAuthority: await ports.machineAuthorities() };
    const { clock, signal } = ports;
    return downloadKubeconfig(name, { connect: (url) => ports.transport(url, settings), clock, signal });
  }
  try {
    return await ports.files.readText(name, { maxBytes });
  } catch (error) {
    throw new KubeadmError("DISCOVERY_FILE_INVALID", messageOf(error), {
      cause: error,
      details: { file: name },
      remedy: `Check the path and permissions of ${name}; it must be a text file of at most 1 MiB.`,
    });
  }
}
