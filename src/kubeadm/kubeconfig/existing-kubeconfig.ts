import type { X509Certificate } from "node:crypto";
import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { FileError } from "../../host/file-error.ts";
import { CaBundle } from "../../pki/ca-bundle.ts";
import { certificateContent } from "../../pki/certificate-content.ts";
import { rfc3339 } from "../../pki/verify-chain.ts";
import type { Reader } from "../certificates/certificate-files.ts";
import { type ClusterEntry, contextOf, type Kubeconfig, KubeconfigError } from "./kubeconfig.ts";
import { loadKubeconfig } from "./read-kubeconfig.ts";

export interface ExpectedKubeconfig {
  /** The first CA of the file must be one of these; empty if the cluster's CA does not exist yet. */
  readonly authorities: readonly X509Certificate[];
  readonly server: string;
}

/**
 * Checks that an existing kubeconfig can be kept: its current context must have a cluster whose first CA is one of the
 * expected ones. A different server is a warning, because there may be a load balancer. Client certificates are not
 * checked. Throws KUBECONFIG_INVALID with upstream's message (phases/kubeconfig validateKubeConfig).
 */
export async function checkExistingKubeconfig(
  path: string,
  expected: ExpectedKubeconfig,
  { files, events }: { readonly files: Reader; readonly events: Events },
): Promise<void> {
  const cluster = currentCluster(await load(path, files), path);
  const found = certificatesIn(await authorityOf(cluster, path, files));
  const [first] = found ?? [];
  if (found === undefined || first === undefined) {
    throw invalid(`the kubeconfig file ${JSON.stringify(path)} contains an invalid CA cert`, path);
  }
  if (!expected.authorities.some((authority) => authority.raw.equals(first.raw))) {
    const where = "does not contain a trusted CA in its current context's cluster";
    const message = `a kubeconfig file ${JSON.stringify(path)} exists but ${where}. Total CA certificates found: ${found.length}`;
    throw invalid(message, path, issuers(first, expected.authorities));
  }
  if (cluster.server === expected.server) return;
  const message =
    `a kubeconfig file ${JSON.stringify(path)} exists already but has an unexpected API Server URL: ` +
    `expected: ${expected.server}, got: ${cluster.server}`;
  events.emit("warning", { message });
}

async function load(path: string, files: Reader): Promise<Kubeconfig> {
  try {
    return await loadKubeconfig(files, path);
  } catch (error) {
    if (!(error instanceof KubeconfigError || error instanceof FileError)) throw error;
    const message = `failed to load kubeconfig file ${path} that already exists on disk: ${messageOf(error)}`;
    throw invalid(message, path);
  }
}

function currentCluster(kubeconfig: Kubeconfig, path: string): ClusterEntry {
  const context = contextOf(kubeconfig);
  if (context === undefined) {
    throw invalid(`failed to find CurrentContext in Contexts of the kubeconfig file ${path}`, path);
  }
  const entry = kubeconfig.clusters.find(({ name }) => name === context.context.cluster);
  if (entry === undefined) {
    throw invalid(`failed to find the given CurrentContext Cluster in Clusters of the kubeconfig file ${path}`, path);
  }
  return entry.cluster;
}

async function authorityOf(cluster: ClusterEntry, path: string, files: Reader): Promise<CaBundle> {
  const { certificateAuthorityData, certificateAuthority } = cluster;
  if (certificateAuthorityData !== undefined || certificateAuthority === undefined)
    return certificateAuthorityData ?? CaBundle.of([]);
  try {
    return CaBundle.parse(await files.readText(certificateAuthority));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw invalid(`failed to load the CA of the kubeconfig file ${path}: ${error.message}`, path);
  }
}

function certificatesIn(bundle: CaBundle): readonly X509Certificate[] | undefined {
  try {
    return bundle.certificates;
  } catch {
    return undefined;
  }
}

/** CAs usually have the same name, so their creation dates are shown to tell them apart. */
function issuers(found: X509Certificate, expected: readonly X509Certificate[]): string {
  const shown = (certificate: X509Certificate) =>
    `${certificate.subject.split("\n").join(", ")} of ${rfc3339(certificateContent(certificate).notBefore)} (serial number ${certificate.serialNumber})`;
  const cluster = expected.length === 0 ? "not created yet" : expected.map(shown).join("; ");
  return `It trusts ${shown(found)}, the cluster's CA is ${cluster}.`;
}

function invalid(message: string, path: string, reason?: string): KubeadmError {
  const remedy = `Move ${path} away, so that it is created again.`;
  return new KubeadmError("KUBECONFIG_INVALID", message, {
    details: { path },
    remedy: reason === undefined ? remedy : `${reason} ${remedy}`,
  });
}
