import { doubling } from "../../async/poll.ts";
import { ApiStatusError, type Cluster } from "../../cluster/cluster.ts";
import type { Identity, ServerSettings } from "../../cluster/connections.ts";
import { type ConfigMap, configMaps } from "../../cluster/resources.ts";
import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import type { Files } from "../../host/host.ts";
import { embedFiles } from "../kubeconfig/embed-credentials.ts";
import { identityOf, type RunExecPlugin, serverSettings } from "../kubeconfig/identity.ts";
import { clusterEntry, clusterOf, hasCredentials, type Kubeconfig, KubeconfigError } from "../kubeconfig/kubeconfig.ts";
import { parseKubeconfig } from "../kubeconfig/read-kubeconfig.ts";
import { persist } from "../waiting/persist.ts";
import { failureExplainer } from "./explain-failure.ts";
import { clusterInfoReference, type DiscoveryPorts } from "./token-discovery.ts";

export interface FileDiscoveryPorts extends Omit<DiscoveryPorts, "connect"> {
  readonly files: Pick<Files, "readText">;
  readonly connect: (server: string, settings: ServerSettings, identity: Identity) => Cluster;
  readonly runExecPlugin: RunExecPlugin;
  /** PEM of the CAs that the machine trusts, for servers whose CA the kubeconfig does not name. */
  readonly machineAuthorities: () => Promise<string>;
}

const askEvery = doubling(250, 2_000);

const credentialsRejected =
  "The credentials of the discovery file are not accepted, or it has none and the API server takes no anonymous requests: put valid credentials into the file.";

/**
 * Trusts the kubeconfig, and refreshes it from cluster-info where that may be read (upstream: discovery/file). There is
 * no signature and no pin here: the file itself is the root of trust. `text` is its content, `source` names it.
 */
export async function discoverByKubeconfig(
  source: { readonly text: string; readonly name: string; readonly timeoutMs: number },
  ports: FileDiscoveryPorts,
): Promise<Kubeconfig> {
  const kubeconfig = await embedFiles(validated(source), ports.files);
  const { events } = ports;
  const authenticated = hasCredentials(kubeconfig);
  const message = authenticated
    ? "Using authentication credentials from the discovery file for validating TLS connection"
    : "Discovery file does not contains authentication credentials, using unauthenticated request for validating TLS connection";
  events.emit("log", { level: 1, area: "discovery", message });
  const identity = authenticated ? await identityOf(kubeconfig, ports.runExecPlugin) : {};
  const cluster = clusterOf(kubeconfig);
  const client = ports.connect(cluster.server, await trusted(serverSettings(cluster), ports), identity);
  const clusterInfo = await readClusterInfo(client, kubeconfig, source.timeoutMs, ports);
  return clusterInfo === undefined ? kubeconfig : refreshed(kubeconfig, clusterInfo, ports);
}

async function trusted(settings: ServerSettings, ports: FileDiscoveryPorts): Promise<ServerSettings> {
  if (settings.certificateAuthority !== undefined || settings.insecureSkipVerify === true) return settings;
  return { ...settings, certificateAuthority: await ports.machineAuthorities() };
}

function validated(source: { readonly text: string; readonly name: string }): Kubeconfig {
  const fail = (message: string, cause?: unknown) =>
    new KubeadmError("DISCOVERY_FILE_INVALID", message, { cause, details: { file: source.name } });
  let kubeconfig: Kubeconfig;
  try {
    kubeconfig = parseKubeconfig(source.text);
  } catch (error) {
    throw fail(`error loading config file "${source.name}": ${messageOf(error)}`, error);
  }
  if (kubeconfig.clusters.length === 0) {
    throw fail("the provided kubeconfig file must have at least one Cluster defined");
  }
  try {
    const { name, cluster } = clusterEntry(kubeconfig);
    if (cluster.server === "") throw new KubeconfigError(`no server found for cluster "${name}"`);
    if (!URL.canParse(cluster.server))
      throw new KubeconfigError(`the server "${cluster.server}" of cluster "${name}" is no URL`);
  } catch (error) {
    throw fail(`the provided kubeconfig file is malformed: ${messageOf(error)}`, error);
  }
  return kubeconfig;
}

/** Undefined where the server forbids the read: then the TLS connection was good, and the file stands as it is. */
async function readClusterInfo(
  client: Cluster,
  kubeconfig: Kubeconfig,
  timeoutMs: number,
  ports: FileDiscoveryPorts,
): Promise<ConfigMap | undefined> {
  const { clock, events, signal } = ports;
  const authority = clusterOf(kubeconfig).certificateAuthorityData?.pem;
  const explainer = failureExplainer({
    server: client.server,
    context: "could not read the cluster-info ConfigMap",
    refusal: { code: "DISCOVERY_FORBIDDEN" },
    unauthenticated: { code: "TOKEN_REJECTED", remedy: credentialsRejected },
    inspect: ports.inspect,
    now: () => clock.now(),
    signal,
    ...(authority === undefined ? {} : { certificateAuthority: authority }),
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
    everyMs: askEvery,
    clock,
    events,
    signal,
  });
}

function refreshed(kubeconfig: Kubeconfig, clusterInfo: ConfigMap, ports: FileDiscoveryPorts): Kubeconfig {
  const log = (message: string) => ports.events.emit("log", { level: 1, area: "discovery", message });
  const content = clusterInfo.data?.["kubeconfig"];
  if (content === undefined || content === "") {
    log("The cluster-info ConfigMap has no kubeconfig key; using the discovery file as it is");
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
  const completed = { ...cluster, certificateAuthorityData: remote.certificateAuthorityData };
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
