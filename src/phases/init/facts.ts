import type { Cluster } from "../../cluster/cluster.ts";
import { dryRunCluster } from "../../cluster/dry-run.ts";
import { emptyCluster } from "../../cluster/empty-cluster.ts";
import { nodes } from "../../cluster/resources.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Secret } from "../../errors/secret.ts";
import { isSeen } from "../../host/presence.ts";
import { type ExternalAuthorities, findExternalAuthorities } from "../../kubeadm/certificates/external-authorities.ts";
import { ensureClusterAdmins } from "../../kubeadm/cluster-objects/cluster-admins.ts";
import { shownObject } from "../../kubeadm/cluster-objects/show-object.ts";
import type { ClusterWritePorts } from "../../kubeadm/cluster-objects/write-objects.ts";
import { generateCertificateKey } from "../../kubeadm/config/fields/certificate-key.ts";
import type { ControlPlaneNode } from "../../kubeadm/control-plane/control-plane-node.ts";
import { localServer } from "../../kubeadm/control-plane/servers.ts";
import { kubeconfigsOfInit } from "../../kubeadm/kubeconfig/control-plane-kubeconfigs.ts";
import { requireProvidedKubeconfigs } from "../../kubeadm/kubeconfig/external-kubeconfigs.ts";
import { type Kubeconfig, withServer } from "../../kubeadm/kubeconfig/kubeconfig.ts";
import { loadKubeconfigFor } from "../../kubeadm/kubeconfig/open-kubeconfig.ts";
import { effectiveNodeName } from "../../kubeadm/kubelet/kubelet-environment.ts";
import type { ServingCertificatePorts } from "../../kubeadm/kubelet/serving-certificate.ts";
import { adminKubeconfigPath, superAdminKubeconfigPath } from "../../kubeadm/paths.ts";
import type { Fact, Run } from "../../workflow/fact.ts";
import { issuanceOf } from "../issuance.ts";
import { localAdminClusterOf, openCluster } from "../open-cluster.ts";
import type { InitContext } from "./context.ts";

export type InitFact<T> = Fact<InitContext, T>;
type InitRun = Run<InitContext>;

/** The node that init turns into a control plane. */
export const controlPlaneNode: InitFact<ControlPlaneNode> = {
  name: "control-plane node",
  load: async ({ context }) => {
    const { configuration, cluster } = context.options;
    const { nodeRegistration, localAPIEndpoint, timeouts } = configuration;
    return { nodeRegistration, localAPIEndpoint, cluster, timeouts };
  },
};

/** The time of all certificates of this init, and the source of their keys. */
export const issuance = issuanceOf(controlPlaneNode);

/**
 * The certificate authorities whose keys are not on this machine. Throws, before the first phase runs, if something
 * that only such an authority can sign, kubeconfigs included, is missing.
 */
export const externalAuthorities: InitFact<ExternalAuthorities> = {
  name: "external authorities",
  load: async (run) => {
    const node = await run.value(controlPlaneNode);
    const { host, options } = run.context;
    const ports = { ...(await run.value(issuance)), files: host.files, events: run.events };
    const external = await findExternalAuthorities(node.cluster, ports);
    if (options.uploadCerts && (external.ca || external.frontProxy)) throw nothingToUpload();
    const directory = options.kubeconfigDirectory;
    if (external.ca) await requireProvidedKubeconfigs({ node, directory }, kubeconfigsOfInit, ports);
    return external;
  },
};

function nothingToUpload(): KubeadmError {
  const message = "can't use upload-certs with an external CA or an external front-proxy CA";
  return new KubeadmError("USAGE", message, {
    remedy: "Omit --upload-certs, and copy the certificates to each additional control plane before it joins.",
  });
}

/** The key that encrypts the uploaded certificates: the given one, or a new one that is printed at the end. */
export const certificateKey: InitFact<Secret> = {
  name: "certificate key",
  load: async ({ context }) => context.options.configuration.certificateKey ?? generateCertificateKey(),
};

/** The administrator's kubeconfig; its server is the one that the join commands print. */
export const adminKubeconfig: InitFact<Kubeconfig> = {
  name: "administrator's kubeconfig",
  load: ({ context }) =>
    loadKubeconfigFor("failed to load admin kubeconfig", context.options.kubeconfigPath, context.host.files),
};

/** The same for writing to the cluster: upstream makes its user an administrator first, which its errors say. */
export const writingKubeconfig: InitFact<Kubeconfig> = {
  name: "administrator's kubeconfig, to write to the cluster with",
  load: ({ context: { options, host } }) => {
    const isOwn = options.kubeconfigPath === adminKubeconfigPath;
    const context = isOwn ? "could not bootstrap the admin user in file admin.conf" : "";
    return loadKubeconfigFor(context, options.kubeconfigPath, host.files);
  },
};

/** A client of the API server of this machine that uses admin.conf, whose user may have no rights yet. */
export const localAdminCluster = localAdminClusterOf(
  controlPlaneNode,
  ({ options }: InitContext) => options.kubeconfigPath,
);

/**
 * A client of the cluster's administrator, to write with. With admin.conf it sends to the API server of this machine,
 * whatever is in front of it, and loading it makes its user an administrator; a kubeconfig that --kubeconfig names is
 * used as it is. A dry run writes to an empty cluster and shows each request, one after the other.
 */
export const administrator: InitFact<Pick<ClusterWritePorts, "cluster" | "inTurn">> = {
  name: "administrator's client",
  load: async (run) => {
    const { options, host } = run.context;
    const { kubeconfigPath, configuration } = options;
    const kubeconfig = await run.value(writingKubeconfig);
    if (kubeconfigPath !== adminKubeconfigPath) return { cluster: await openCluster(kubeconfig, kubeconfigPath, run) };
    const admin = await run.value(localAdminCluster);
    const ports = { clock: host.clock, events: run.events, signal: run.signal };
    await ensureClusterAdmins(
      { admin, superAdmin: () => superAdminCluster(run) },
      { ...ports, timeoutMs: configuration.timeouts.kubernetesAPICall },
    );
    return { cluster: admin };
  },
  dryRun: async (run) => ({
    cluster: dryRunCluster(futureCluster(run), { events: run.events, show: shownObject }),
    inTurn: true,
  }),
};

/** The client that counts pending requests for serving certificates; none in a dry run, as no API server runs. */
export const requestReader: InitFact<Pick<ServingCertificatePorts, "administrator">> = {
  name: "reader of certificate signing requests",
  load: async ({ value }) => ({ administrator: () => value(localAdminCluster) }),
  dryRun: async () => ({}),
};

/** Returns the ports with which a phase writes to the cluster. */
export async function clusterWrites(run: InitRun): Promise<ClusterWritePorts> {
  const { host, options } = run.context;
  return {
    ...(await run.value(administrator)),
    clock: host.clock,
    events: run.events,
    signal: run.signal,
    timeoutMs: options.configuration.timeouts.kubernetesAPICall,
  };
}

/** Returns a cluster for a dry run: empty but for the Node, which the kubelet would have registered. */
function futureCluster(run: InitRun): Cluster {
  const { name, kubeletExtraArgs } = run.context.options.configuration.nodeRegistration;
  const nodeName = effectiveNodeName(name, kubeletExtraArgs);
  const node = { metadata: { name: nodeName, labels: { "kubernetes.io/hostname": nodeName } } };
  return emptyCluster(serverOf(run), [{ type: nodes, object: node }]);
}

async function superAdminCluster(run: InitRun): Promise<Cluster | undefined> {
  const { files } = run.context.host;
  if (!(await isSeen(superAdminKubeconfigPath, files))) return undefined;
  const kubeconfig = await loadKubeconfigFor("failed to load super-admin kubeconfig", superAdminKubeconfigPath, files);
  return openCluster(withServer(kubeconfig, serverOf(run)), superAdminKubeconfigPath, run);
}

function serverOf({ context }: InitRun): string {
  return localServer(context.options.configuration);
}
