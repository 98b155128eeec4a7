import type { X509Certificate } from "node:crypto";
import { allEnded } from "../../async/all-ended.ts";
import { isSeen } from "../../host/presence.ts";
import { certificateContent } from "../../pki/certificate-content.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { exists, loadCertificate, placeOf, type Reader } from "./certificate-files.ts";
import type { AuthorityName, AuthoritySpec } from "./certificate-table.ts";
import { isExternal } from "./external-authorities.ts";
import { authoritiesOf, currentCertificate, type Renewable, renewablesOf } from "./renewable-certificates.ts";

/** When a certificate expires; undefined if it is missing. */
export interface Expiration {
  readonly name: string;
  readonly expires?: Date;
  /** The CA that signs it; none for a CA. */
  readonly authority?: AuthorityName;
  /** The CA's key is not on this machine, so kubeadm cannot renew the certificate. */
  readonly isExternallyManaged: boolean;
}

export interface Expirations {
  readonly certificates: readonly Expiration[];
  readonly authorities: readonly Expiration[];
}

type Cluster = Pick<ClusterConfiguration, "certificatesDir" | "etcd">;

/**
 * Returns all certificates and CAs that kubeadm manages on this machine, sorted by name. Throws for unreadable files.
 */
export async function certificateExpirations(cluster: Cluster, files: Reader): Promise<Expirations> {
  // Of several files that cannot be read, the first one is named, whichever answer comes first.
  const [certificates, authorities] = await allEnded([
    allEnded(renewablesOf(cluster).map((renewable) => expirationOf(renewable, cluster, files))),
    allEnded(authoritiesOf(cluster).map((authority) => authorityExpiration(authority, cluster, files))),
  ]);
  return { certificates, authorities };
}

async function expirationOf(renewable: Renewable, cluster: Cluster, files: Reader): Promise<Expiration> {
  const { name, authority } = renewable;
  const certificate = await currentCertificate(renewable, cluster, files);
  if (certificate === undefined) return { name, isExternallyManaged: false };
  const isExternallyManaged = await isExternal(authority, cluster, { files });
  return { name, expires: endOf(certificate), authority, isExternallyManaged };
}

async function authorityExpiration(
  { name, baseName }: AuthoritySpec,
  cluster: Cluster,
  files: Reader,
): Promise<Expiration> {
  const path = placeOf(cluster.certificatesDir, baseName).certificate;
  if (!(await isSeen(path, files)) || !(await exists(path, files))) return { name, isExternallyManaged: false };
  const { certificate } = await loadCertificate(path, files);
  return { name, expires: endOf(certificate), isExternallyManaged: await isExternal(name, cluster, { files }) };
}

function endOf(certificate: X509Certificate): Date {
  return certificateContent(certificate).notAfter;
}
