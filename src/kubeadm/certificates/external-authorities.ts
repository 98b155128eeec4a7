import { orElse } from "../../async/or-else.ts";
import { remedyBefore } from "../../errors/decision.ts";
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

/** CAs whose certificate is on this machine and whose key is not: the holder of the key signs for this machine. */
export interface ExternalAuthorities {
  readonly ca: boolean;
  readonly frontProxy: boolean;
}

/** Certificates that kubeadm cannot create if their CA is external. */
const wanted = {
  ca: ["apiserver", "apiserver-kubelet-client"],
  "front-proxy-ca": ["front-proxy-client"],
} as const satisfies Partial<Record<AuthorityName, readonly LeafName[]>>;

/**
 * Returns which CAs are external. Throws EXTERNAL_CA_INCOMPLETE if something is missing or unusable that only such a CA
 * could sign; the error lists everything that is missing.
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

/** Reports whether the CA's certificate exists and its key does not. */
export async function isExternal(
  name: AuthorityName,
  { certificatesDir }: Pick<ClusterConfiguration, "certificatesDir">,
  { files }: { readonly files: Reader },
): Promise<boolean> {
  const place = placeOf(certificatesDir, authorities[name].baseName);
  const [hasCertificate, hasKey] = await Promise.all([exists(place.certificate, files), exists(place.key, files)]);
  if (!hasCertificate || hasKey) return false;
  return orElse(false, KubeadmError, async () =>
    certificateIsAuthority((await loadCertificate(place.certificate, files)).certificate),
  );
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

const workerRemedy = remedyBefore(
  `This machine has joined a cluster as a worker (${kubeletKubeconfigPath} exists): create the new cluster on another one.`,
  {
    id: "worker-to-init",
    proof: { decided: "this worker should leave its cluster" },
    act: "run `kubectl drain` and `kubectl delete node` there, and `kubeadm reset` here",
    lost: "its Node and its data from that cluster",
  },
);

/** Reports whether this is a worker: it has the CA without its key, and a kubeconfig of the kubelet. */
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
