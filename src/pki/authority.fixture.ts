import { generateKeys } from "./keys.ts";
import { type CertificateAuthority, createCertificateAuthority } from "./x509.ts";

/** A CA for a test, valid today. */
export async function testAuthority(commonName = "kubernetes"): Promise<CertificateAuthority> {
  const dayMs = 24 * 3_600_000;
  return createCertificateAuthority({
    commonName,
    keys: await generateKeys("ECDSA-P256"),
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + dayMs),
  });
}
