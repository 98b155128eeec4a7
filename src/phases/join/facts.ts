import type { Cluster } from "../../cluster/cluster.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { type ClusterState, readClusterState } from "../../kubeadm/cluster-objects/read-cluster-state.ts";
import { parseBootstrapToken } from "../../kubeadm/config/fields/bootstrap-token.ts";
import type { JoinConfiguration } from "../../kubeadm/config/join/join-configuration.ts";
import type { ControlPlaneNode } from "../../kubeadm/control-plane/control-plane-node.ts";
import { type DiscoverySource, discover } from "../../kubeadm/discovery/discover.ts";
import { named, tlsBootstrapKubeconfig } from "../../kubeadm/discovery/tls-bootstrap-kubeconfig.ts";
import type { Kubeconfig } from "../../kubeadm/kubeconfig/kubeconfig.ts";
import { clientPorts } from "../../kubeadm/kubeconfig/open-kubeconfig.ts";
import type { ServingCertificatePorts } from "../../kubeadm/kubelet/serving-certificate.ts";
import { adminKubeconfigPath } from "../../kubeadm/paths.ts";
import type { Fact, Run } from "../../workflow/fact.ts";
import { issuanceOf } from "../issuance.ts";
import { kubeconfigPorts, localAdminClusterOf, openAdmin, openCluster } from "../open-cluster.ts";
import type { JoinContext } from "./context.ts";
import { discoveredOrPlaceholder } from "./made-up-cluster.ts";

type JoinFact<T> = Fact<JoinContext, T>;
type JoinRun = Run<JoinContext>;

/**
 * The cluster to trust and the credentials to bootstrap with: admin.conf if it is used, else the result of discovery.
 */
export const discoveredKubeconfig: JoinFact<Kubeconfig> = {
  name: "discovered kubeconfig",
  load: (run) => adminOrDiscovered(run, discoverCluster),
  dryRun: (run) => adminOrDiscovered(run, () => discoveredOrPlaceholder(discoverCluster(run), run.events)),
};

async function adminOrDiscovered(run: JoinRun, discovered: (run: JoinRun) => Promise<Kubeconfig>): Promise<Kubeconfig> {
  const { configuration, adminKubeconfig } = run.context.options;
  if (adminKubeconfig !== undefined) return adminKubeconfig;
  return tlsBootstrapKubeconfig(await discovered(run), configuration.discovery.tlsBootstrapToken, run.events);
}

function discoverCluster(run: JoinRun): Promise<Kubeconfig> {
  const { host, connections, inspectServer, options } = run.context;
  const { configuration, discoveryMayAccessMachine } = options;
  return discover(discoverySource(configuration, discoveryMayAccessMachine), configuration.timeouts.discovery, {
    files: host.files,
    connect: (server, settings, identity) => connections.open(server, settings, identity),
    transport: connections.transport,
    ...clientPorts(kubeconfigPorts(run)),
    inspect: inspectServer,
    clock: host.clock,
    events: run.events,
    signal: run.signal,
  });
}

/** A client of the cluster that uses the bootstrap credentials. */
export const bootstrapCluster: JoinFact<Cluster> = {
  name: "bootstrap client",
  load: async (run) => {
    const { adminKubeconfig, configuration } = run.context.options;
    const discovered = configuration.discovery.file?.kubeConfigPath ?? "cluster-info";
    const path = adminKubeconfig === undefined ? discovered : adminKubeconfigPath;
    return openCluster(await run.value(discoveredKubeconfig), path, run);
  },
};

/** The configuration that init stored in the cluster for joining machines. */
export const clusterState: JoinFact<ClusterState> = {
  name: "cluster state",
  load: async (run) => {
    const { options, host, inspectServer } = run.context;
    return readClusterState({
      cluster: await run.value(bootstrapCluster),
      inspect: inspectServer,
      clock: host.clock,
      events: run.events,
      signal: run.signal,
      timeoutMs: options.configuration.timeouts.kubernetesAPICall,
    });
  },
};

/** The node as a control plane; only for a join as one. */
export const controlPlaneNode: JoinFact<ControlPlaneNode> = {
  name: "control-plane node",
  load: async (run) => {
    const { nodeRegistration, controlPlane, timeouts } = run.context.options.configuration;
    if (controlPlane === undefined) throw new TypeError("a worker has no control-plane node");
    const { clusterConfiguration } = await run.value(clusterState);
    const { localAPIEndpoint } = controlPlane;
    return { nodeRegistration, localAPIEndpoint, cluster: clusterConfiguration, timeouts };
  },
};

/** The time of all certificates of this join, and the source of their keys; only for a control plane. */
export const issuance = issuanceOf(controlPlaneNode);

/** The kubeconfig for bootstrap-kubelet.conf: the discovered one, with the name of the cluster. */
export const bootstrapKubeconfig: JoinFact<Kubeconfig> = {
  name: "bootstrap kubeconfig",
  load: async (run) => {
    const [discovered, { clusterConfiguration }] = await Promise.all([
      run.value(discoveredKubeconfig),
      run.value(clusterState),
    ]);
    return named(discovered, clusterConfiguration.clusterName);
  },
};

/**
 * Names of the certificate signing requests for this node that existed when kubelet-start started the kubelet; that
 * phase adds them. Empty if another run started the kubelet: existing requests may then be the kubelet's.
 */
export const earlierRequests: JoinFact<Set<string>> = {
  name: "earlier certificate signing requests",
  load: async () => new Set(),
};

/** A client of the cluster's administrator that uses the admin.conf which a control-plane join writes. */
export const adminCluster: JoinFact<Cluster> = {
  name: "administrator's client",
  load: (run) => openAdmin(adminKubeconfigPath, run),
};

/** The same, but of the API server of this machine. */
export const localAdminCluster = localAdminClusterOf(controlPlaneNode, () => adminKubeconfigPath);

/** The client that counts pending requests for serving certificates; none on a worker, and none in a dry run. */
export const requestReader: JoinFact<Pick<ServingCertificatePorts, "administrator">> = {
  name: "reader of certificate signing requests",
  load: async ({ context, value }) =>
    context.options.configuration.controlPlane === undefined ? {} : { administrator: () => value(adminCluster) },
  dryRun: async () => ({}),
};

function discoverySource({ discovery }: JoinConfiguration, mayAccessMachine: boolean): DiscoverySource {
  if (discovery.file !== undefined) {
    return { kind: "file", kubeConfigPath: discovery.file.kubeConfigPath, mayAccessMachine };
  }
  if (discovery.bootstrapToken === undefined) {
    throw new KubeadmError("CONFIG_INVALID", "couldn't find a valid discovery configuration");
  }
  const { apiServerEndpoint, token, caCertHashes } = discovery.bootstrapToken;
  return { kind: "token", endpoint: apiServerEndpoint, token: parseBootstrapToken(token), caCertHashes };
}
