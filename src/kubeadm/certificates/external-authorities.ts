import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { kubeletKubeconfigPath } from "../paths.ts";
import { exists, loadCertificate, loadKeyPair, placeOf, type Reader, within } from "./certificate-files.ts";
import { type AuthorityName, authorities, type LeafName, leaves } from "./certificate-table.ts";
import {
  type Checking,
  certificateIsAuthority,
  requireOwnKey,
  requireUnderAuthority,
  warnOfValidity,
} from "./check-certificate.ts";

/** CAs whose certificate is here and whose key is not: whoever keeps the key signs for this machine. */
export interface ExternalAuthorities {
  readonly ca: boolean;
  readonly frontProxy: boolean;
}

/** Certificates that cannot be made here where their CA is external. */
const wanted = {
  ca: ["apiserver", "apiserver-kubelet-client"],
  "front-proxy-ca": ["front-proxy-client"],
} as const satisfies Partial<Record<AuthorityName, readonly LeafName[]>>;

/**
 * Which CAs are external. Throws EXTERNAL_CA_INCOMPLETE where something is missing, or unusable, that nobody but such a
 * CA could make; everything that is missing is named at once.
 */
export async function findExternalAuthorities(
  cluster: Pick<ClusterConfiguration, "certificatesDir">,
  ports: Checking & { readonly files: Reader },
): Promise<ExternalAuthorities> {
  const ca = await isExternal("ca", cluster, ports);
  if (ca) await requireSigned("ca", "external CA", cluster, ports);
  const frontProxy = await isExternal("front-proxy-ca", cluster, ports);
  if (frontProxy) await requireSigned("front-proxy-ca", "external front-proxy CA", cluster, ports);
  return { ca, frontProxy };
}

/** A CA's certificate without its key. */
export async function isExternal(
  name: AuthorityName,
  { certificatesDir }: Pick<ClusterConfiguration, "certificatesDir">,
  { files }: { readonly files: Reader },
): Promise<boolean> {
  const place = placeOf(certificatesDir, authorities[name].baseName);
  const [hasCertificate, hasKey] = await Promise.all([exists(place.certificate, files), exists(place.key, files)]);
  if (!hasCertificate || hasKey) return false;
  try {
    return certificateIsAuthority((await loadCertificate(place.certificate, files)).certificate);
  } catch (error) {
    if (error instanceof KubeadmError) return false;
    throw error;
  }
}

async function requireSigned(
  name: keyof typeof wanted,
  what: string,
  cluster: Pick<ClusterConfiguration, "certificatesDir">,
  ports: Checking & { readonly files: Reader },
): Promise<void> {
  const problems: KubeadmError[] = [];
  for (const leaf of wanted[name]) {
    try {
      await checkSigned(leaf, cluster, ports);
    } catch (error) {
      if (!(error instanceof KubeadmError)) throw error;
      problems.push(error);
    }
  }
  const [first] = problems;
  if (first === undefined) return;
  const messages = problems.map(({ message }) => message);
  const text = messages.length === 1 ? first.message : `[${messages.join(", ")}]`;
  const hasJoined = problems.length === wanted.ca.length && (await isWorker(cluster, ports.files));
  throw new KubeadmError("EXTERNAL_CA_INCOMPLETE", `invalid or incomplete ${what}: ${text}`, {
    cause: first,
    details: { paths: problems.map(({ details }) => details["path"]) },
    ...(hasJoined ? { remedy: workerRemedy } : {}),
  });
}

const workerRemedy = `This machine has joined a cluster as a worker (${kubeletKubeconfigPath} is there): to make a cluster of its own of it, take it out of that one first: \`kubectl drain\` and \`kubectl delete node\` there, \`kubeadm reset\` here.`;

/** What a worker's join leaves: the CA without its key, and a kubeconfig of the kubelet. */
async function isWorker({ certificatesDir }: Pick<ClusterConfiguration, "certificatesDir">, files: Reader) {
  const { certificate } = placeOf(certificatesDir, leaves.apiserver.baseName);
  return (await exists(kubeletKubeconfigPath, files)) && !(await exists(certificate, files));
}

async function checkSigned(
  name: LeafName,
  { certificatesDir }: Pick<ClusterConfiguration, "certificatesDir">,
  ports: Checking & { readonly files: Reader },
): Promise<void> {
  const { baseName, authority, extendedKeyUsages: usages } = leaves[name];
  const place = placeOf(certificatesDir, baseName);
  const authorityPath = placeOf(certificatesDir, authorities[authority].baseName).certificate;
  const keys = await within(`failure loading key for ${name}`, loadKeyPair(place.key, ports.files));
  const leaf = await within(`failure loading certificate for ${name}`, loadCertificate(place.certificate, ports.files));
  warnOfValidity(name, leaf.certificate, ports);
  const { certificate } = await loadCertificate(authorityPath, ports.files);
  requireUnderAuthority(
    { leaf, leafPath: place.certificate, authority: certificate, authorityPath, usages },
    ports.now,
    (reason) => `certificate ${name} is not signed by corresponding CA: ${reason}`,
  );
  requireOwnKey(leaf.certificate, keys.privateKey, { certificatePath: place.certificate, keyPath: place.key });
}
