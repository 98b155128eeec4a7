import { KubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import { silentEvents } from "../../events/events.ts";
import { goQuote } from "../../go/quote.ts";
import { isOfMissing } from "../../host/file-error.ts";
import { ownMinor } from "../../kubernetes/minors/minors.ts";
import { CaBundle } from "../../pki/ca-bundle.ts";
import { certificateContent } from "../../pki/certificate-content.ts";
import { privateKeyPem } from "../../pki/keys.ts";
import { type Issuer, signLeaf } from "../../pki/sign-certificate.ts";
import { exists, loadCertificate, loadPair, placeOf } from "../certificates/certificate-files.ts";
import { requireOwnKey, warnOfValidity } from "../certificates/check-certificate.ts";
import { emitValidityOf } from "../certificates/emit-validity.ts";
import type { CheckingPorts, IssuingPorts } from "../certificates/make-certificates.ts";
import { ownKeyRules } from "../config/fields/encryption-algorithms.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { controlPlaneServer, localServer, warnOfEndpointPort } from "../control-plane/servers.ts";
import { inContext } from "../file-failure.ts";
import { nodeUser } from "../kubelet/node-user.ts";
import { checkExistingKubeconfig } from "./existing-kubeconfig.ts";
import { type Kubeconfig, kubeconfigOf } from "./kubeconfig.ts";
import { writeKubeconfig } from "./write-kubeconfig.ts";

export type KubeconfigFile =
  | "admin.conf"
  | "super-admin.conf"
  | "kubelet.conf"
  | "controller-manager.conf"
  | "scheduler.conf";

export interface KubeconfigSpec {
  readonly file: KubeconfigFile;
  /** Common name of the client certificate, and user name in the file. */
  userName(node: ControlPlaneNode): string;
  readonly organizations: readonly string[];
  server(node: ControlPlaneNode): string;
}

/**
 * Controller manager and scheduler connect to the API server on the same machine, so that they are never newer than it.
 */
export const kubeconfigSpecs: Readonly<Record<KubeconfigFile, KubeconfigSpec>> = {
  "admin.conf": {
    file: "admin.conf",
    userName: () => "kubernetes-admin",
    organizations: ["kubeadm:cluster-admins"],
    server: controlPlaneServer,
  },
  "super-admin.conf": {
    file: "super-admin.conf",
    userName: () => "kubernetes-super-admin",
    organizations: ["system:masters"],
    server: controlPlaneServer,
  },
  "kubelet.conf": {
    file: "kubelet.conf",
    userName: ({ nodeRegistration }) => nodeUser(nodeRegistration.name),
    organizations: ["system:nodes"],
    server: localServer,
  },
  "controller-manager.conf": {
    file: "controller-manager.conf",
    userName: () => "system:kube-controller-manager",
    organizations: [],
    server: localServer,
  },
  "scheduler.conf": {
    file: "scheduler.conf",
    userName: () => "system:kube-scheduler",
    organizations: [],
    server: localServer,
  },
};

/** The kubeconfigs of init; with an external CA they are checked in this order. */
export const kubeconfigsOfInit: readonly KubeconfigFile[] = [
  "controller-manager.conf",
  "scheduler.conf",
  "admin.conf",
  "super-admin.conf",
  "kubelet.conf",
];

/** The kubeconfigs of a joining control plane; its kubelet bootstraps like a worker's. */
export const kubeconfigsOfJoin: readonly KubeconfigFile[] = ["admin.conf", "controller-manager.conf", "scheduler.conf"];

/** The CA that signs the client certificates, and that the files trust. */
export interface ClientAuthority extends Issuer {
  readonly path: string;
}

/** The same for the kubeconfigs of a control plane. */
export async function loadControlPlaneAuthority(
  node: Pick<ControlPlaneNode, "cluster">,
  ports: CheckingPorts,
): Promise<ClientAuthority> {
  return loadClientAuthority(node, ports, ownMinor.rules.namesMissingAuthority ? noAuthority : couldNotCreate);
}

/**
 * Loads the cluster's CA with its key. Throws CERTIFICATE_AUTHORITY_MISSING if it does not exist, else
 * CERTIFICATE_INVALID, with upstream's message; `missing` begins it if a file does not exist.
 */
export async function loadClientAuthority(
  { cluster }: Pick<ControlPlaneNode, "cluster">,
  ports: CheckingPorts,
  missing = couldNotCreate,
): Promise<ClientAuthority> {
  const place = placeOf(cluster.certificatesDir, "ca");
  try {
    const { certificate, keys } = await loadPair(place, ports.files);
    warnOfValidity("ca", certificate, ports);
    requireOwnKey(certificate, keys.privateKey, { certificatePath: place.certificate, keyPath: place.key });
    return { certificate, privateKey: keys.privateKey, path: place.certificate };
  } catch (error) {
    if (!(error instanceof KubeadmError)) throw error;
    const context = isOfMissing(error) ? missing : couldNotCreate;
    if (await exists(place.certificate, ports.files)) throw withContext(error, context);
    const message = `${context}: ${error.message}`;
    throw new KubeadmError("CERTIFICATE_AUTHORITY_MISSING", message, { cause: error, details: error.details });
  }
}

/** Writes several kubeconfigs; their keys are generated concurrently. */
export async function ensureKubeconfigs(
  wanted: readonly KubeconfigFile[],
  place: { readonly node: ControlPlaneNode; readonly directory: string },
  ports: IssuingPorts,
): Promise<void> {
  const found = await Promise.all(wanted.map((file) => exists(`${place.directory}/${file}`, ports.files)));
  ports.keys.prepareAtLeast(found.filter((each) => !each).length);
  const authority = await loadControlPlaneAuthority(place.node, ports);
  for (const file of wanted) await ensureKubeconfig(kubeconfigSpecs[file], place, authority, ports);
}

/**
 * Writes the kubeconfig with a new client certificate to `directory`, or keeps an existing file if it trusts the
 * cluster's CA; a different server in it is only a warning.
 */
export async function ensureKubeconfig(
  spec: KubeconfigSpec,
  { node, directory }: { readonly node: ControlPlaneNode; readonly directory: string },
  authority: ClientAuthority,
  ports: IssuingPorts,
): Promise<void> {
  const path = `${directory}/${spec.file}`;
  // The kubelet's kubeconfig never has the cluster's endpoint as server; for the others upstream warns whatever their
  // server is.
  if (spec.file !== "kubelet.conf") warnOfEndpointPort(node, ports);
  if (await exists(path, ports.files)) {
    const expected = { authorities: [authority.certificate], server: spec.server(node) };
    await checkExistingKubeconfig(path, expected, ports);
    return ports.events.emit("kubeconfig.kept", { path });
  }
  ports.events.emit("kubeconfig.writing", { file: spec.file });
  const { kubeconfig, validity } = await clientKubeconfig(spec, node, authority, ports);
  await inContext(`failed to save kubeconfig file ${goQuote(path)} on disk`, async () => {
    await ports.files.write(path, writeKubeconfig(kubeconfig), { mode: 0o600, secret: true });
  });
  emitValidityOf({ path, subject: spec.userName(node), origin: "made", ...validity }, ports.events);
}

/**
 * Checks existing kubeconfigs as the phases of init will, before anything is written: they must trust the cluster's CA,
 * which is impossible if the CA does not exist yet. Throws KUBECONFIG_INVALID.
 */
export async function checkExistingKubeconfigs(
  wanted: readonly KubeconfigFile[],
  { node, directory }: { readonly node: ControlPlaneNode; readonly directory: string },
  { files }: Pick<CheckingPorts, "files">,
): Promise<void> {
  const { certificate: path } = placeOf(node.cluster.certificatesDir, "ca");
  const authorities = (await exists(path, files)) ? [(await loadCertificate(path, files)).certificate] : [];
  for (const file of wanted) {
    const expected = { authorities, server: kubeconfigSpecs[file].server(node) };
    const existing = `${directory}/${file}`;
    // The phase that keeps a file warns of a different server in it.
    if (await exists(existing, files))
      await checkExistingKubeconfig(existing, expected, { files, events: silentEvents });
  }
}

async function clientKubeconfig(
  spec: KubeconfigSpec,
  node: ControlPlaneNode,
  authority: ClientAuthority,
  ports: IssuingPorts,
): Promise<{ readonly kubeconfig: Kubeconfig; readonly validity: ClientCredentials["validity"] }> {
  const { clusterName, certificateValidityPeriod } = node.cluster;
  const userName = spec.userName(node);
  const { certificate, key, validity } = await clientCredentials(
    { commonName: userName, organizations: spec.organizations, validityMs: certificateValidityPeriod },
    authority,
    ports,
  );
  const kubeconfig = kubeconfigOf({
    clusterName,
    cluster: { server: spec.server(node), certificateAuthorityData: CaBundle.of([authority.certificate]) },
    userName,
    user: { clientCertificateData: certificate, clientKeyData: key },
  });
  return { kubeconfig, validity };
}

const couldNotCreate = "couldn't create a kubeconfig; the CA files couldn't be loaded";
const noAuthority = "the CA files do not exist, please run `kubeadm init phase certs ca` to generate it";

export interface ClientIdentity {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly validityMs: number;
}

export interface ClientCredentials {
  readonly certificate: string;
  readonly key: Secret;
  readonly validity: { readonly notBefore: Date; readonly notAfter: Date };
}

/** Returns a new key and a client certificate for it, as PEM. Its validity begins with its CA's, same as upstream. */
export async function clientCredentials(
  { commonName, organizations, validityMs }: ClientIdentity,
  authority: Issuer,
  ports: Pick<IssuingPorts, "keys" | "now">,
): Promise<ClientCredentials> {
  const keys = await ports.keys.take();
  const validity = {
    notBefore: certificateContent(authority.certificate).notBefore,
    notAfter: new Date(ports.now.getTime() + validityMs),
  };
  const certificate = signLeaf(
    {
      subject: { commonName, organizations },
      publicKey: keys.publicKey,
      keyUsages: ownKeyRules.usages(keys.publicKey),
      extendedKeyUsages: ["client auth"],
      ...validity,
    },
    authority,
  );
  return { certificate, key: new Secret(privateKeyPem(keys.privateKey)), validity };
}
