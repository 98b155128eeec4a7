import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import type { Files } from "../../host/host.ts";
import { writeCertificateRequest } from "../../pki/certificate-request.ts";
import { privateKeyPem } from "../../pki/keys.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { controlPlaneServer, warnOfEndpointPort } from "../control-plane/servers.ts";
import { type KubeconfigFile, kubeconfigSpecs } from "../kubeconfig/control-plane-kubeconfigs.ts";
import { kubeconfigOf } from "../kubeconfig/kubeconfig.ts";
import { writeKubeconfig } from "../kubeconfig/write-kubeconfig.ts";
import { exists, placeOf } from "./certificate-files.ts";
import { hasAuthority, type LeafSpec, leaves } from "./certificate-table.ts";
import { type IssuingPorts, namesOf } from "./make-certificates.ts";

export interface RequestsToWrite {
  readonly node: ControlPlaneNode;
  /** Directory of the kubeconfigs; the certificates go to the cluster's certificatesDir. */
  readonly kubeconfigDirectory: string;
}

export type RequestPorts = Pick<IssuingPorts, "events" | "keys" | "warned"> & {
  readonly files: Files;
  /** Called before the files of a directory are written; the other callbacks, before each pair or kubeconfig. */
  readonly onDirectory: (directory: string) => void;
  readonly onWritten: (name: string) => void;
};

/**
 * Writes keys and certificate signing requests for everything that an external CA must sign for a control plane: each
 * request next to its key, and keys of kubeconfigs in the kubeconfig. Throws CERTIFICATE_INVALID, and writes nothing,
 * if any of the files exists.
 */
export async function writeCertificateRequests(wanted: RequestsToWrite, ports: RequestPorts): Promise<void> {
  const { node, kubeconfigDirectory } = wanted;
  const { certificatesDir } = node.cluster;
  if (kubeconfigDirectory === "") {
    throw new KubeadmError("CERTIFICATE_INVALID", "invalid argument: kubeConfigDir was empty", {
      remedy: "Set a directory with --kubeconfig-dir, or omit the flag.",
    });
  }
  const pairs = Object.values(leaves).filter(({ authority }) => hasAuthority(node.cluster, authority));
  const kubeconfigs = Object.values(kubeconfigSpecs).map(({ file }) => file);
  for (const { baseName } of pairs) await refuseExistingPair(certificatesDir, baseName, ports.files);
  for (const file of kubeconfigs) await refuseExistingKubeconfig(`${kubeconfigDirectory}/${file}`, ports.files);
  ports.keys.prepare(pairs.length + kubeconfigs.length);

  ports.onDirectory(certificatesDir);
  for (const leaf of pairs) {
    await writeRequest(leaf, node, ports);
    ports.onWritten(leaf.baseName);
  }
  warnOfEndpointPort(node, ports);
  ports.onDirectory(kubeconfigDirectory);
  await ports.files.makeDirectory(kubeconfigDirectory, { mode: 0o755 });
  for (const file of kubeconfigs) {
    await writeKubeconfigRequest(file, wanted, ports);
    ports.onWritten(file);
  }
}

async function refuseExistingPair(directory: string, baseName: string, files: Files): Promise<void> {
  const base = `${directory}/${baseName}`;
  const found = await Promise.all([exists(`${base}.key`, files), exists(`${base}.csr`, files)]);
  if (found.includes(true)) throw alreadyExists(`key or CSR ${base}`, base);
}

async function refuseExistingKubeconfig(path: string, files: Files): Promise<void> {
  if (await exists(path, files)) throw alreadyExists(`kube config: ${path}`, path);
  if (await exists(`${path}.csr`, files)) throw alreadyExists(`key or CSR ${path}`, path);
}

function alreadyExists(what: string, path: string): KubeadmError {
  return new KubeadmError("CERTIFICATE_INVALID", `file already exists: ${what}`, {
    details: { path },
    remedy:
      "Keys are never overwritten: move the file away, or set other directories with --cert-dir and --kubeconfig-dir.",
  });
}

async function writeRequest(leaf: LeafSpec, node: ControlPlaneNode, ports: RequestPorts): Promise<void> {
  const keys = await ports.keys.take();
  const subject = { commonName: leaf.commonName(node) };
  const request = writeCertificateRequest({ subject, keys, ...namesOf(leaf, node, ports.events) });
  const place = placeOf(node.cluster.certificatesDir, leaf.baseName);
  await ports.files.write(place.key, privateKeyPem(keys.privateKey), { mode: 0o600, secret: true });
  await ports.files.write(place.certificate.replace(/crt$/, "csr"), request, { mode: 0o600 });
}

/** Here the kubelet's kubeconfig also has the cluster's endpoint as server, because it is signed on another machine. */
async function writeKubeconfigRequest(
  file: KubeconfigFile,
  { node, kubeconfigDirectory }: RequestsToWrite,
  ports: RequestPorts,
): Promise<void> {
  const spec = kubeconfigSpecs[file];
  const keys = await ports.keys.take();
  const userName = spec.userName(node);
  const server = file === "kubelet.conf" ? controlPlaneServer(node) : spec.server(node);
  const kubeconfig = kubeconfigOf({
    clusterName: node.cluster.clusterName,
    cluster: { server },
    userName,
    user: { clientKeyData: new Secret(privateKeyPem(keys.privateKey)) },
  });
  const subject = { commonName: userName, organizations: spec.organizations };
  const path = `${kubeconfigDirectory}/${file}`;
  await ports.files.write(path, writeKubeconfig(kubeconfig), { mode: 0o600, secret: true });
  await ports.files.write(`${path}.csr`, writeCertificateRequest({ subject, keys }), { mode: 0o600 });
}
