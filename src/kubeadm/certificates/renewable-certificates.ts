import type { X509Certificate } from "node:crypto";
import { KubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import { isMissing } from "../../host/file-error.ts";
import { isSeen } from "../../host/presence.ts";
import { certificatesIn } from "../../pki/certificate.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import type { KubeconfigFile } from "../kubeconfig/control-plane-kubeconfigs.ts";
import { contextOf, type Kubeconfig, KubeconfigError, userOf } from "../kubeconfig/kubeconfig.ts";
import { loadKubeconfig } from "../kubeconfig/read-kubeconfig.ts";
import { kubernetesDirectory } from "../paths.ts";
import { loadCertificate, placeOf, type Reader } from "./certificate-files.ts";
import {
  type AuthorityName,
  authorities,
  hasAuthority,
  type LeafName,
  type LeafSpec,
  leaves,
} from "./certificate-table.ts";

/** A certificate that `kubeadm certs` checks and renews: a file, or the client certificate in a kubeconfig. */
export type Renewable = {
  readonly name: LeafName | RenewableKubeconfig;
  readonly longName: string;
  readonly authority: AuthorityName;
} & ({ readonly leaf: LeafSpec } | { readonly kubeconfig: RenewableKubeconfig });

/** The kubelet renews its own certificate. */
export type RenewableKubeconfig = Exclude<KubeconfigFile, "kubelet.conf">;

const kubeconfigs: Readonly<Record<RenewableKubeconfig, string>> = {
  "admin.conf": "for the admin to use and for kubeadm itself",
  "controller-manager.conf": "for the controller manager to use",
  "scheduler.conf": "for the scheduler manager to use",
  "super-admin.conf": "for the super-admin",
};

/** All certificates that can exist, sorted by name. */
export const renewables: readonly Renewable[] = [
  ...Object.values(leaves).map((leaf) => ({
    name: leaf.name,
    longName: leaf.longName,
    authority: leaf.authority,
    leaf,
  })),
  ...Object.entries(kubeconfigs).map(([file, whom]) => {
    const kubeconfig = file as RenewableKubeconfig;
    const longName = `certificate embedded in the kubeconfig file ${whom}`;
    return { name: kubeconfig, longName, authority: "ca", kubeconfig } as const;
  }),
].sort((left, right) => (left.name < right.name ? -1 : 1));

/** Returns the certificates of this cluster; kubeadm does not manage those of an external etcd. */
export function renewablesOf(cluster: Pick<ClusterConfiguration, "etcd">): readonly Renewable[] {
  return renewables.filter(({ authority }) => hasAuthority(cluster, authority));
}

/** Returns the CAs of this cluster, sorted by name. */
export function authoritiesOf(cluster: Pick<ClusterConfiguration, "etcd">) {
  return Object.values(authorities)
    .filter(({ name }) => hasAuthority(cluster, name))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** Returns the path of the file with the certificate. */
export function pathOf(
  renewable: Renewable,
  { certificatesDir }: Pick<ClusterConfiguration, "certificatesDir">,
): string {
  return "leaf" in renewable
    ? placeOf(certificatesDir, renewable.leaf.baseName).certificate
    : `${kubernetesDirectory}/${renewable.kubeconfig}`;
}

/**
 * Reads the certificate of this machine; undefined if its file is missing or a dangling symlink. Throws
 * CERTIFICATE_INVALID or KUBECONFIG_INVALID if it cannot be read.
 */
export async function currentCertificate(
  renewable: Renewable,
  cluster: Pick<ClusterConfiguration, "certificatesDir">,
  files: Reader,
): Promise<X509Certificate | undefined> {
  const path = pathOf(renewable, cluster);
  try {
    if ("leaf" in renewable) return (await loadCertificate(path, files)).certificate;
    return embeddedCertificate(await loadExistingKubeconfig(path, files), path);
  } catch (error) {
    if (isMissing(error) || (error instanceof KubeadmError && isMissing(error.cause))) return undefined;
    if (!(await isSeen(path, files))) return undefined;
    throw withContext(error, `failed to load existing certificate ${renewable.name}`);
  }
}

/** Reads the kubeconfig. Throws KUBECONFIG_INVALID. */
export async function loadExistingKubeconfig(path: string, files: Reader): Promise<Kubeconfig> {
  try {
    return await loadKubeconfig(files, path);
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new KubeadmError("KUBECONFIG_INVALID", `failed to load kubeconfig file ${path}: ${error.message}`, {
      cause: error,
      details: { path },
    });
  }
}

function embeddedCertificate(kubeconfig: Kubeconfig, path: string): X509Certificate {
  const [certificate] = certificatesIn(userOf(kubeconfig)?.clientCertificateData ?? "");
  if (certificate !== undefined) return certificate;
  const user = contextOf(kubeconfig)?.context.user;
  const what =
    user === undefined
      ? "its current context names no user"
      : `the user ${JSON.stringify(user)} has no client certificate embedded (client-certificate-data)`;
  throw new KubeadmError("KUBECONFIG_INVALID", `kubeconfig file ${path} cannot be renewed: ${what}`, {
    details: { path },
    remedy: `Move ${path} away and create it again with \`kubeadm init phase kubeconfig\`.`,
  });
}
