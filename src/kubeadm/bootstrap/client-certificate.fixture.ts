import { testAuthority } from "../../pki/authority.fixture.ts";
import { generateKeys } from "../../pki/keys.ts";
import { type CertificateAuthority, issueCertificate } from "../../pki/x509.ts";

export interface ClientCertificateContent {
  readonly nodeName: string;
  /** A new, unrelated CA by default. */
  readonly ca?: CertificateAuthority;
  readonly notAfter?: Date;
  /** Those of a kubelet by default. */
  readonly organizations?: readonly string[];
}

/**
 * Returns a kubelet's client certificate and private key as PEM, in one string, as in a file of the kubelet's
 * certificate store.
 */
export async function kubeletClientPair({
  nodeName,
  ca,
  notAfter,
  organizations = ["system:nodes"],
}: ClientCertificateContent): Promise<string> {
  const issuer = ca ?? (await testAuthority("last-year"));
  const keys = await generateKeys("ECDSA-P256");
  const certificate = await issueCertificate({
    ca: issuer,
    subject: { commonName: `system:node:${nodeName}`, organizations },
    publicKey: keys.publicKey,
    notBefore: issuer.certificate.validFromDate,
    notAfter: notAfter ?? issuer.certificate.validToDate,
    keyUsages: ["digital signature"],
    extendedKeyUsages: ["client auth"],
  });
  return certificate + keys.privateKey.export({ type: "sec1", format: "pem" }).toString();
}
