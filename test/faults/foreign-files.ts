// Files of another cluster, or of no one's, in places where a control plane puts its own.

import type { ClusterMachine } from "../../src/embedded/index.ts";
import { generateKeys, privateKeyPem } from "../../src/pki/keys.ts";
import { createCertificateAuthority, issueCertificate } from "../../src/pki/x509.ts";
import { writeInside } from "../support/control-plane/stage.ts";

const pki = "/etc/kubernetes/pki";
const hourMs = 3_600_000;

export interface Validity {
  readonly from: Date;
  readonly to: Date;
}

const valid: Validity = { from: new Date(Date.now() - hourMs), to: new Date(Date.now() + 24 * hourMs) };
export const longPast: Validity = { from: new Date("2020-01-01"), to: new Date("2021-01-01") };

async function authority({ from, to }: Validity) {
  const keys = await generateKeys("ECDSA-P256");
  const ca = await createCertificateAuthority({ commonName: "kubernetes", keys, notBefore: from, notAfter: to });
  return { ca, key: privateKeyPem(keys.privateKey) };
}

/** A CA in the place of one of the cluster's ("ca", "etcd/ca"), its key as well unless told otherwise. */
export async function putAuthority(
  machine: ClusterMachine,
  baseName: string,
  { withKey = true, validity = valid }: { readonly withKey?: boolean; readonly validity?: Validity } = {},
): Promise<void> {
  const { ca, key } = await authority(validity);
  writeInside(machine, `${pki}/${baseName}.crt`, ca.certificatePem, 0o644);
  if (withKey) writeInside(machine, `${pki}/${baseName}.key`, key);
}

/** A certificate, with its key, that a CA signed which is nowhere. */
export async function putForeignCertificate(machine: ClusterMachine, baseName: string): Promise<void> {
  const { ca } = await authority(valid);
  const keys = await generateKeys("ECDSA-P256");
  const certificate = await issueCertificate({
    ca,
    subject: { commonName: "kube-apiserver", organizations: [] },
    publicKey: keys.publicKey,
    notBefore: valid.from,
    notAfter: valid.to,
    keyUsages: ["digital signature"],
    extendedKeyUsages: ["server auth"],
    dnsNames: ["kubernetes"],
  });
  writeInside(machine, `${pki}/${baseName}.crt`, certificate, 0o644);
  writeInside(machine, `${pki}/${baseName}.key`, privateKeyPem(keys.privateKey));
}

/** A kubeconfig that trusts a CA which is nowhere. */
export async function putForeignKubeconfig(machine: ClusterMachine, path: string): Promise<void> {
  const { ca } = await authority(valid);
  const data = Buffer.from(ca.certificatePem).toString("base64");
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "k", cluster: { server: "https://192.0.2.9:6443", "certificate-authority-data": data } }],
    contexts: [{ name: "k", context: { cluster: "k", user: "u" } }],
    "current-context": "k",
    users: [{ name: "u", user: {} }],
  };
  writeInside(machine, path, JSON.stringify(kubeconfig));
}
