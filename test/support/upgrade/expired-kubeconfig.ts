import { X509Certificate } from "node:crypto";
import { generateKeys, keyPairFromPem, privateKeyPem } from "../../../src/pki/keys.ts";
import { certificateSubject, issueCertificate, loadCertificateAuthority } from "../../../src/pki/x509.ts";

const dayMs = 24 * 3600 * 1000;

/** Returns a kubeconfig with a client certificate of the same user, which expired a day ago. */
export async function expiredKubeconfig(
  kubeconfig: string,
  authority: { readonly certificatePem: string; readonly keyPem: string },
): Promise<string> {
  const data = /client-certificate-data: (\S+)/.exec(kubeconfig)?.[1] ?? "";
  const previous = new X509Certificate(Buffer.from(data, "base64"));
  const keys = await generateKeys("ECDSA-P256");
  const now = Date.now();
  const certificate = await issueCertificate({
    ca: loadCertificateAuthority(authority.certificatePem, keyPairFromPem(authority.keyPem).privateKey),
    subject: certificateSubject(previous),
    publicKey: keys.publicKey,
    notBefore: new Date(now - 10 * dayMs),
    notAfter: new Date(now - dayMs),
    keyUsages: ["digital signature", "key encipherment"],
    extendedKeyUsages: ["client auth"],
  });
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return kubeconfig
    .replace(/client-certificate-data: \S+/, `client-certificate-data: ${base64(certificate)}`)
    .replace(/client-key-data: \S+/, `client-key-data: ${base64(privateKeyPem(keys.privateKey))}`);
}
