import { doubling } from "../../async/poll.ts";
import { ApiStatusError, type Cluster } from "../../cluster/cluster.ts";
import type { Identity, ServerSettings } from "../../cluster/connections.ts";
import { type ConfigMap, configMaps } from "../../cluster/resources.ts";
import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import type { Files } from "../../host/host.ts";
import { defined } from "../../values/defined.ts";
import { type ClientPorts, type ClientSettings, clientSettings } from "../kubeconfig/client-settings.ts";
import { embedFiles } from "../kubeconfig/embed-credentials.ts";
import {
  clusterEntry,
  clusterOf,
  hasCredentials,
  type Kubeconfig,
  KubeconfigError,
  withChosenCluster,
} from "../kubeconfig/kubeconfig.ts";
import { parseKubeconfig } from "../kubeconfig/read-kubeconfig.ts";
import { requireValid, withoutCredentials } from "../kubeconfig/validate-kubeconfig.ts";
import { persist } from "../waiting/persist.ts";
import { failureExplainer } from "./explain-failure.ts";
import { requireNoLocalAccess } from "./remote-document.ts";
import { clusterInfoReference, type DiscoveryPorts } from "./token-discovery.ts";

export interface FileDiscoveryPorts extends Omit<DiscoveryPorts, "connect">, ClientPorts {
  readonly files: Pick<Files, "readText">;
  readonly connect: (server: string, settings: ServerSettings, identity: Identity) => Cluster;
}

const pollEvery = doubling(250, 2_000);

const credentialsRejected =
  "The API server does not accept the credentials of the discovery file, or the file has none and the API server refuses anonymous requests: put valid credentials into the file.";

export interface KubeconfigSource {
  readonly text: string;
  /** Path or URL. */
  readonly name: string;
  readonly mayAccessMachine: boolean;
  readonly timeoutMs: number;
}

/**
 * Trusts the kubeconfig, and refreshes it from cluster-info if the server allows reading it (upstream: discovery/file).
 * There is no signature and no pin: the file itself is the root of trust.
 */
export async function discoverByKubeconfig(source: KubeconfigSource, ports: FileDiscoveryPorts): Promise<Kubeconfig> {
  const kubeconfig = await embedFiles(validated(source), ports.files);
  const { events } = ports;
  const authenticated = hasCredentials(kubeconfig);
  const message = authenticated
    ? "Using authentication credentials from the discovery file for validating TLS connection"
    : "Discovery file does not contains authentication credentials, using unauthenticated request for validating TLS connection";
  events.emit("log", { level: 1, area: "discovery", message });
  warnOfUnverified(kubeconfig, source.name, ports);
  const client = await settingsOf(kubeconfig, source, ports);
  const authority = clusterOf(kubeconfig).certificateAuthorityData?.pem;
  const clusterInfo = await readClusterInfo(client, { authority, timeoutMs: source.timeoutMs }, ports);
  return clusterInfo === undefined ? kubeconfig : refreshed(kubeconfig, clusterInfo, ports);
}

async function settingsOf(kubeconfig: Kubeconfig, source: KubeconfigSource, ports: ClientPorts) {
  try {
    return await clientSettings(kubeconfig, ports);
  } catch (error) {
    if (error instanceof KubeconfigError) throw unusable(source, error.message, error);
    throw error;
  }
}

function unusable({ name }: KubeconfigSource, message: string, cause?: unknown): KubeadmError {
  return new KubeadmError("DISCOVERY_FILE_INVALID", message, { cause, details: { file: name } });
}

/** Returns the parsed kubeconfig with the current context's cluster only. Throws DISCOVERY_FILE_INVALID. */
function validated(source: KubeconfigSource): Kubeconfig {
  let kubeconfig: Kubeconfig;
  try {
    kubeconfig = parseKubeconfig(source.text);
  } catch (error) {
    throw unusable(source, `error loading config file "${source.name}": ${messageOf(error)}`, error);
  }
  if (kubeconfig.clusters.length === 0) {
    throw unusable(source, "the provided kubeconfig file must have at least one Cluster defined");
  }
  if (!source.mayAccessMachine) requireNoLocalAccess(kubeconfig, source.name);
  let chosen: Kubeconfig;
  try {
    chosen = withChosenCluster(kubeconfig);
  } catch (error) {
    throw unusable(source, `the provided kubeconfig file is malformed: ${messageOf(error)}`, error);
  }
  try {
    requireValid(kubeconfig);
  } catch (error) {
    throw unusable(source, messageOf(error), error);
  }
  requireSecrecy(chosen, source);
  return chosen;
}

/** Throws unless the file's credentials go to verified servers only. Upstream sends them and fails afterwards. */
function requireSecrecy(kubeconfig: Kubeconfig, source: KubeconfigSource): void {
  const { server, insecureSkipTlsVerify, certificateAuthority, certificateAuthorityData } = clusterOf(kubeconfig);
  if (!/^https:/i.test(server)) {
    const shown = JSON.stringify(withoutCredentials(server));
    throw unusable(source, `the server ${shown} of the discovery file is not an https URL`);
  }
  // A CA together with insecure-skip-tls-verify is refused when the client is built.
  const hasAuthority = (certificateAuthority ?? certificateAuthorityData) !== undefined;
  if (insecureSkipTlsVerify !== true || hasAuthority || !hasCredentials(kubeconfig)) return;
  const message =
    "the discovery file has credentials and disables TLS verification of the server (insecure-skip-tls-verify): any server at that address would get them";
  throw unusable(source, message);
}

function warnOfUnverified(kubeconfig: Kubeconfig, name: string, { events }: FileDiscoveryPorts): void {
  const { server, insecureSkipTlsVerify, certificateAuthorityData } = clusterOf(kubeconfig);
  if (insecureSkipTlsVerify !== true || certificateAuthorityData !== undefined) return;
  const message =
    `${name} disables TLS verification of ${server} (insecure-skip-tls-verify): any server at that address decides which CA ` +
    "this machine trusts, and gets the bootstrap token; put the cluster's CA into the file (certificate-authority-data)";
  events.emit("warning", { area: "discovery", message });
}

/**
 * Returns undefined if the server forbids the read: then the TLS connection was verified, and the file is used
 * unchanged.
 */
async function readClusterInfo(
  { server, settings, identity }: ClientSettings,
  { authority, timeoutMs }: { readonly authority: string | undefined; readonly timeoutMs: number },
  ports: FileDiscoveryPorts,
): Promise<ConfigMap | undefined> {
  const { clock, events, signal } = ports;
  const client = ports.connect(server, settings, identity);
  const explainer = failureExplainer({
    server: client.server,
    proxy: client.proxy,
    context: "could not read the cluster-info ConfigMap",
    refusal: { code: "DISCOVERY_FORBIDDEN" },
    unauthenticated: { code: "TOKEN_REJECTED", remedy: credentialsRejected },
    inspect: ports.inspect,
    now: () => clock.now(),
    signal,
    ...defined({ certificateAuthority: authority }),
  });
  return persist<ConfigMap | undefined>({
    what: `the cluster-info ConfigMap at ${client.server}`,
    attempt: async (attemptSignal, timeoutMs) => {
      try {
        return await client.get(configMaps, clusterInfoReference, { signal: attemptSignal, timeoutMs });
      } catch (error) {
        if (!(error instanceof ApiStatusError) || error.status !== 403) throw error;
        const message =
          "Could not access the cluster-info ConfigMap for refreshing the cluster-info information, but the TLS cert is valid so proceeding...";
        events.emit("warning", { area: "discovery", message });
        return undefined;
      }
    },
    ...explainer,
    deadlineMs: timeoutMs,
    everyMs: pollEvery,
    clock,
    events,
    signal,
  });
}

function refreshed(kubeconfig: Kubeconfig, clusterInfo: ConfigMap, ports: FileDiscoveryPorts): Kubeconfig {
  const log = (message: string) => ports.events.emit("log", { level: 1, area: "discovery", message });
  const content = clusterInfo.data?.["kubeconfig"];
  if (content === undefined || content === "") {
    log("The cluster-info ConfigMap has no kubeconfig key; using the discovery file unchanged");
    return kubeconfig;
  }
  let published: Kubeconfig;
  try {
    published = parseKubeconfig(content);
  } catch (error) {
    log(
      `The kubeconfig of the cluster-info ConfigMap cannot be parsed (${messageOf(error)}); using the discovery file`,
    );
    return kubeconfig;
  }
  const remote = publishedCluster(published);
  const { name, cluster } = clusterEntry(kubeconfig);
  if (remote.server !== cluster.server) {
    const message = `the API Server endpoint "${cluster.server}" in use is different from the endpoint "${remote.server}" which defined in the cluster-info ConfigMap`;
    ports.events.emit("warning", { area: "discovery", message });
  }
  if (cluster.certificateAuthorityData !== undefined || remote.certificateAuthorityData === undefined)
    return kubeconfig;
  log("Synced CertificateAuthorityData from cluster-info into the discovery kubeconfig");
  const { insecureSkipTlsVerify: _, ...verified } = cluster;
  const completed = { ...verified, certificateAuthorityData: remote.certificateAuthorityData };
  return {
    ...kubeconfig,
    clusters: kubeconfig.clusters.map((entry) => (entry.name === name ? { name, cluster: completed } : entry)),
  };
}

function publishedCluster(published: Kubeconfig) {
  try {
    return clusterOf(published);
  } catch (error) {
    throw new KubeadmError(
      "DISCOVERY_CLUSTER_INFO_INVALID",
      `malformed kubeconfig in the cluster-info ConfigMap: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
