// The kubelet's first client certificate: requested by the join, while the kubelet is being configured, or by the kubelet.
import { X509Certificate } from "node:crypto";
import type { Cluster } from "../../cluster/cluster.ts";
import { RequestError } from "../../cluster/request-error.ts";
import type { Files } from "../../host/host.ts";
import { nodeRequests } from "../../kubeadm/bootstrap/certificate-request-state.ts";
import { kubeletCertificateSigner } from "../../kubeadm/bootstrap/kubelet-certificate-signer.ts";
import { loadKubeletCredentials } from "../../kubeadm/bootstrap/load-kubelet-credentials.ts";
import { type ClientCertificate, obtainClientCertificate } from "../../kubeadm/bootstrap/obtain-client-certificate.ts";
import { setAsideClientCertificate } from "../../kubeadm/bootstrap/set-aside-client-certificate.ts";
import { storeClientCertificate } from "../../kubeadm/bootstrap/store-client-certificate.ts";
import { emitValidity } from "../../kubeadm/certificates/emit-validity.ts";
import type { ClusterState } from "../../kubeadm/cluster-objects/read-cluster-state.ts";
import { clusterOf, type Kubeconfig } from "../../kubeadm/kubeconfig/kubeconfig.ts";
import { kubeletCertificateDirectory } from "../../kubeadm/kubelet/kubelet-environment.ts";
import { kubeletCurrentCertificatePath } from "../../kubeadm/paths.ts";
import { defined } from "../../values/defined.ts";
import type { Run } from "../../workflow/fact.ts";
import type { JoinContext } from "./context.ts";
import { earlierRequests } from "./facts.ts";

/** Milliseconds to wait for the certificate; a cluster that approves by itself needs about 50. */
const certificatePatienceMs = 3_000;

interface CertificateUse {
  readonly bootstrap: Kubeconfig;
  readonly files: Files;
}

/**
 * Returns undefined if the kubelet has credentials already (put there manually), or must request its certificate
 * itself.
 */
export async function firstCertificate(
  nodeName: string,
  { cluster, ...known }: { readonly cluster: Cluster; readonly bootstrap: Kubeconfig; readonly state: ClusterState },
  run: Run<JoinContext>,
): Promise<ClientCertificate | undefined> {
  if (await hasCredentials(run.context.host.files)) return undefined;
  const { events, signal } = run;
  const sign = await localSigner(known, run);
  const patienceMs = certificatePatienceMs;
  return obtainClientCertificate({ nodeName, cluster, events, signal, patienceMs, ...defined({ sign }) });
}

/** Returns what signs on this machine, if it is a control plane that has the key of the cluster's CA. */
async function localSigner(
  { bootstrap, state }: { readonly bootstrap: Kubeconfig; readonly state: ClusterState },
  { context, events }: Run<JoinContext>,
): Promise<((request: string) => string) | undefined> {
  const { host, options } = context;
  const authority = clusterOf(bootstrap).certificateAuthorityData;
  if (options.configuration.controlPlane === undefined || authority === undefined) return undefined;
  const { certificatesDir } = state.clusterConfiguration;
  const known = { certificatesDir, authorities: authority.certificates, now: host.clock.now() };
  const sign = await kubeletCertificateSigner(known, { files: host.files, events });
  return sign === undefined ? undefined : (request) => sign(request, host.clock.now());
}

/** Writes the certificate and kubelet.conf, and says who signed it. */
export async function storeFirstCertificate(
  certificate: ClientCertificate,
  { bootstrap, files }: CertificateUse,
  run: Run<JoinContext>,
): Promise<void> {
  const { clock } = run.context.host;
  await storeClientCertificate(files, { certificate, bootstrap, now: clock.local(clock.now()) });
  emitIssued(certificate, run);
}

function emitIssued({ requestName, certificate }: ClientCertificate, { events }: Run<JoinContext>): void {
  emitValidity(new X509Certificate(certificate), { path: kubeletCurrentCertificatePath, origin: "issued" }, events);
  if (requestName === undefined) {
    const message = "signed the kubelet's client certificate with the key of the cluster's CA";
    events.emit("log", { level: 1, area: "kubelet-start", message });
  } else {
    events.emit("kubelet.certificate.issued", { csr: requestName });
  }
}

/** Prepares for a kubelet that requests its certificate itself. */
export async function letKubeletRequest(
  nodeName: string,
  { cluster, ...use }: CertificateUse & { readonly cluster: Cluster },
  run: Run<JoinContext>,
): Promise<void> {
  await noteEarlierRequests(nodeName, cluster, run);
  await setAsideForeignCertificate(nodeName, use, run);
}

/** The state of earlier requests does not matter to the wait for the kubelet's own. */
async function noteEarlierRequests(nodeName: string, cluster: Cluster, run: Run<JoinContext>): Promise<void> {
  const earlier = await run.value(earlierRequests);
  try {
    const requests = await nodeRequests(cluster, nodeName, { signal: run.signal });
    for (const { metadata } of requests) earlier.add(metadata?.name ?? "");
  } catch (error) {
    // The wait for the certificate sends the same request, and reports its failure.
    if (!(error instanceof RequestError)) throw error;
  }
}

/** A kubelet requests a certificate only if it finds none. */
async function setAsideForeignCertificate(
  nodeName: string,
  { bootstrap, files }: CertificateUse,
  { context, events }: Run<JoinContext>,
): Promise<void> {
  const { clock } = context.host;
  const authority = clusterOf(bootstrap).certificateAuthorityData;
  if (authority === undefined || (await hasCredentials(files))) return;
  const now = clock.now();
  const use = {
    directory: kubeletCertificateDirectory(context.options.configuration.nodeRegistration.kubeletExtraArgs),
    nodeName,
    authorities: authority.certificates,
    now,
    localNow: clock.local(now),
  };
  await setAsideClientCertificate(use, { files, events });
}

export async function hasCredentials(files: Files): Promise<boolean> {
  try {
    await loadKubeletCredentials(files);
    return true;
  } catch {
    return false;
  }
}
