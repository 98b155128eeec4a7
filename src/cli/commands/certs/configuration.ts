import type { Cluster } from "../../../cluster/cluster.ts";
import { RequestError } from "../../../cluster/request-error.ts";
import { configMaps } from "../../../cluster/resources.ts";
import { isKubeadmError, messageOf } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import { cleanPath } from "../../../go/clean-path.ts";
import type { Host } from "../../../host/host.ts";
import { isSeen } from "../../../host/presence.ts";
import {
  type ClusterConfiguration,
  clusterConfigurationFromV1beta4,
} from "../../../kubeadm/config/cluster/cluster-configuration.ts";
import { decodeClusterConfiguration } from "../../../kubeadm/config/cluster/stored-cluster-configuration.ts";
import { validateAbsolutePath } from "../../../kubeadm/config/cluster/validate-cluster-configuration.ts";
import { invalidConfiguration } from "../../../kubeadm/config/documents/field-error.ts";
import { loadInitConfiguration } from "../../../kubeadm/config/init/load-init-configuration.ts";
import type { Kubeconfig } from "../../../kubeadm/kubeconfig/kubeconfig.ts";
import { loadKubeconfigFor, openKubeconfig } from "../../../kubeadm/kubeconfig/open-kubeconfig.ts";
import { openConnections } from "../../../kubeadm/open-connections.ts";
import { absolutePath } from "../../line/absolute-path.ts";
import { workingDirectoryOf } from "../machine.ts";
import type { RenewInvocation } from "./flags.ts";

/** A cluster that does not respond must not keep anyone from looking after certificates, which may be why. */
const patienceMs = 10_000;

export interface CertsPorts {
  readonly host: Host;
  readonly events: Events;
  /** Prints a line for people; not given where the output is for machines. */
  readonly print?: (line: string) => void;
}

/**
 * The configuration that says where certificates are and how they are made: the file's; else the cluster's, for all but
 * the directory; else the defaults. `area` is the command's name in what is printed.
 */
export async function certsConfiguration(
  area: string,
  invocation: RenewInvocation,
  ports: CertsPorts,
): Promise<ClusterConfiguration> {
  const { flags, ports: machine } = invocation;
  const directory = workingDirectoryOf(invocation);
  if (flags.config !== "") {
    const file = absolutePath(flags.config, directory);
    const { host, events } = ports;
    const loading = { detectsCriSocket: false };
    return (await loadInitConfiguration(file, loading, { ...host, events, signal: machine.signal })).cluster;
  }
  const certificatesDir = flags["cert-dir"];
  const path = absolutePath(flags.kubeconfig, directory);
  const kubeconfig = await usableKubeconfig(path, ports);
  const found = kubeconfig === undefined ? undefined : await fromCluster(area, { kubeconfig, path }, invocation, ports);
  if (found === undefined && certificatesDir !== "") requireAbsolute(certificatesDir);
  const configuration = found ?? clusterConfigurationFromV1beta4({});
  return certificatesDir === "" ? configuration : { ...configuration, certificatesDir: cleanPath(certificatesDir) };
}

/** The flag is in a configuration then, which is validated. Throws CONFIG_INVALID. */
function requireAbsolute(certificatesDir: string): void {
  const errors = validateAbsolutePath(certificatesDir, "certificatesDir");
  if (errors.length > 0) throw invalidConfiguration(errors);
}

/** Undefined if there is none: only the defaults are expected then. */
async function usableKubeconfig(path: string, { host, events }: CertsPorts): Promise<Kubeconfig | undefined> {
  if (!(await isSeen(path, host.files))) return undefined;
  try {
    return await loadKubeconfigFor("failed to load admin kubeconfig", path, host.files);
  } catch (error) {
    if (!isKubeadmError(error)) throw error;
    events.emit("warning", { message: `skipping the configuration stored in the cluster: ${error.message}` });
    return undefined;
  }
}

async function fromCluster(
  area: string,
  { kubeconfig, path }: { readonly kubeconfig: Kubeconfig; readonly path: string },
  invocation: RenewInvocation,
  { host, events, print = () => undefined }: CertsPorts,
): Promise<ClusterConfiguration | undefined> {
  const { environment, signal } = invocation.ports;
  const connectTransport = await invocation.ports.connectTransport();
  const { files, commands, clock } = host;
  const pool = openConnections({ connectTransport, environment, events, clock });
  let isAsked = false;
  try {
    const cluster = await openKubeconfig(kubeconfig, path, {
      ...{ files, commands, environment, events, signal },
      connections: pool,
    });
    print(`[${area}] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...`);
    print(`[${area}] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.`);
    isAsked = true;
    const configuration = await read(cluster, events, signal);
    print("");
    return configuration;
  } catch (error) {
    if (signal.aborted || !isExpected(error)) throw error;
    events.emit("warning", { message: `the cluster's configuration could not be read: ${messageOf(error)}` });
    if (isAsked) {
      print(`[${area}] Error reading configuration from the Cluster. Falling back to default configuration`);
      print("");
    }
    return undefined;
  } finally {
    pool.close();
  }
}

async function read(cluster: Cluster, events: Events, signal: AbortSignal): Promise<ClusterConfiguration> {
  const object = { namespace: "kube-system", name: "kubeadm-config" };
  const map = await cluster.get(configMaps, object, { signal, timeoutMs: patienceMs });
  return decodeClusterConfiguration(map.data?.["ClusterConfiguration"] ?? "", events);
}

function isExpected(error: unknown): boolean {
  return isKubeadmError(error) || error instanceof RequestError;
}
