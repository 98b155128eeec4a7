import type { X509Certificate } from "node:crypto";
import { messageOf, withContext } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import type { Files } from "../../host/host.ts";
import { isSeen } from "../../host/presence.ts";
import { revertibleFiles } from "../../host/revertible.ts";
import { CaBundle } from "../../pki/ca-bundle.ts";
import { certificateContent } from "../../pki/certificate-content.ts";
import { type KeyPair, privateKeyPem } from "../../pki/keys.ts";
import { signLeaf } from "../../pki/sign-certificate.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { ownKeyRules } from "../config/fields/encryption-algorithms.ts";
import { contextOf, type Kubeconfig } from "../kubeconfig/kubeconfig.ts";
import { writeKubeconfig } from "../kubeconfig/write-kubeconfig.ts";
import { placeOf, writePair } from "./certificate-files.ts";
import { authorities } from "./certificate-table.ts";
import { isExternal } from "./external-authorities.ts";
import { type IssuingPorts, type LoadedAuthority, loadAuthority, validity } from "./make-certificates.ts";
import { currentCertificate, loadExistingKubeconfig, pathOf, type Renewable } from "./renewable-certificates.ts";

export type RenewalOutcome = "renewed" | "missing" | "external";

type Cluster = Pick<ClusterConfiguration, "certificatesDir" | "certificateValidityPeriod">;
export type RenewalPorts = Omit<IssuingPorts, "files"> & { readonly files: Files };

/** Starts generating the keys for renewing these certificates. */
export async function prepareRenewals(
  wanted: readonly Renewable[],
  cluster: Cluster,
  ports: RenewalPorts,
): Promise<void> {
  const needed = await Promise.all(wanted.map((renewable) => needsKey(renewable, cluster, ports)));
  ports.keys.prepare(needed.filter((each) => each).length);
}

async function needsKey(renewable: Renewable, cluster: Cluster, { files }: RenewalPorts): Promise<boolean> {
  return (
    (await isSeen(pathOf(renewable, cluster), files)) && !(await isExternal(renewable.authority, cluster, { files }))
  );
}

/**
 * Renews the certificate: same subject, names and usages as the existing one, a new key, signed by the CA of this
 * machine. In a kubeconfig, the CA is updated too. Nothing changes unless all of it can be written.
 */
export async function renewCertificate(
  renewable: Renewable,
  cluster: Cluster,
  ports: RenewalPorts,
): Promise<RenewalOutcome> {
  const current = await currentCertificate(renewable, cluster, ports.files);
  if (current === undefined) return "missing";
  if (await isExternal(renewable.authority, cluster, ports)) return "external";
  try {
    const authority = await loadAuthority(authorities[renewable.authority], cluster, ports);
    const renewed = await signAgain(current, authority, cluster, ports);
    await replace(renewable, renewed, { authority, cluster, files: ports.files, events: ports.events });
  } catch (error) {
    throw withContext(error, `failed to renew certificate ${renewable.name}`);
  }
  return "renewed";
}

interface Renewed {
  readonly keys: KeyPair;
  readonly pem: string;
}

async function signAgain(
  current: X509Certificate,
  authority: LoadedAuthority,
  { certificateValidityPeriod }: Cluster,
  ports: RenewalPorts,
): Promise<Renewed> {
  const { subject, dnsNames, ipAddresses, extendedKeyUsages } = certificateContent(current);
  const keys = await ports.keys.take();
  const { publicKey } = keys;
  const keyUsages = ownKeyRules.usages(publicKey);
  const request = { subject, dnsNames, ipAddresses, extendedKeyUsages, publicKey, keyUsages };
  return { keys, pem: signLeaf({ ...request, ...validity(ports, certificateValidityPeriod) }, authority) };
}

async function replace(
  renewable: Renewable,
  renewed: Renewed,
  {
    authority,
    cluster,
    files,
    events,
  }: {
    readonly authority: LoadedAuthority;
    readonly cluster: Cluster;
    readonly files: Files;
    readonly events: RenewalPorts["events"];
  },
): Promise<void> {
  const path = pathOf(renewable, cluster);
  const revertible = revertibleFiles(files);
  try {
    if ("leaf" in renewable) {
      await writePair(placeOf(cluster.certificatesDir, renewable.leaf.baseName), renewed, revertible);
    } else {
      const kubeconfig = withCredentials(await loadExistingKubeconfig(path, files), renewed, authority);
      await revertible.write(path, writeKubeconfig(kubeconfig), { mode: 0o600, secret: true });
    }
  } catch (error) {
    await revertible.revert().catch((failure: unknown) => {
      const message = `${path} and its key may no longer match, because the previous files could not be restored: ${messageOf(failure)}`;
      events.emit("warning", { area: "certs", message });
    });
    throw error;
  }
}

function withCredentials(kubeconfig: Kubeconfig, { keys, pem }: Renewed, authority: LoadedAuthority): Kubeconfig {
  const context = contextOf(kubeconfig)?.context;
  const certificateAuthorityData = CaBundle.of([authority.certificate]);
  const credentials = { clientCertificateData: pem, clientKeyData: new Secret(privateKeyPem(keys.privateKey)) };
  return {
    ...kubeconfig,
    clusters: kubeconfig.clusters.map((entry) =>
      entry.name === context?.cluster ? { ...entry, cluster: { ...entry.cluster, certificateAuthorityData } } : entry,
    ),
    users: kubeconfig.users.map((entry) =>
      entry.name === context?.user ? { ...entry, user: { ...entry.user, ...credentials } } : entry,
    ),
  };
}
