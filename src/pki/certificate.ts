import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { messageOf } from "../errors/kubeadm-error.ts";
import { certificateContent } from "./certificate-content.ts";
import { parsedCertificate } from "./parsed-certificate.ts";
import { pemBlocks, toPem } from "./pem.ts";

/** What an operator compares to find out which CA a certificate belongs to. */
export interface CertificateSummary {
  readonly subject: string;
  readonly issuer: string;
  /** Hexadecimal. */
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** `sha256:<hex>` of the SubjectPublicKeyInfo, the format of --discovery-token-ca-cert-hash. */
  readonly pin: string;
  readonly isCertificateAuthority: boolean;
}

/**
 * Returns the certificates of a PEM bundle, in order; blocks of other kinds are skipped, same as Go's
 * cert.ParseCertsPEM. Throws if the platform or this program finds one malformed, so that code can safely read the
 * certificates returned.
 */
export function parseCertificates(pem: string): readonly X509Certificate[] {
  return pemBlocks("CERTIFICATE", pem).map(parseCertificate);
}

/** Returns the certificates of a PEM bundle; none if any is malformed. */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  try {
    return parseCertificates(pem);
  } catch {
    return [];
  }
}

/** Reports whether the private key belongs to the certificate; one that cannot be read does not. */
export function hasKey(certificate: X509Certificate, keyPem: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    return false;
  }
}

/** Reports whether the authority's key has signed the certificate. */
export function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return certificate.verify(authority.publicKey);
  } catch {
    // A key or an algorithm that the platform does not support, or a key that cannot be read.
    return false;
  }
}

/**
 * The constructor also accepts PEM, and ignores trailing bytes: neither is the certificate in this block. It accepts
 * extensions that cannot be read, too, which Go's parser rejects.
 */
function parseCertificate(der: Uint8Array): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(der);
  } catch {
    throw new Error("x509: malformed certificate");
  }
  if (!certificate.raw.equals(der)) throw new Error("x509: trailing data");
  try {
    certificateContent(certificate);
  } catch (error) {
    throw new Error(`x509: malformed certificate: ${messageOf(error)}`, { cause: error });
  }
  return certificate;
}

/** Returns a CERTIFICATE block for each, as Go's encoding/pem writes them. */
export function encodeCertificates(certificates: readonly X509Certificate[]): string {
  return certificates.map(({ raw }) => toPem("CERTIFICATE", new Uint8Array(raw))).join("");
}

/**
 * Returns the pin of RFC 7469 §2.4 as kubeadm writes it: SHA-256 of the SubjectPublicKeyInfo exactly as it is in the
 * certificate, not encoded again.
 */
export function publicKeyPin(certificate: X509Certificate): string {
  const { subjectPublicKeyInfo } = parsedCertificate(certificate).tbs;
  return `sha256:${createHash("sha256").update(subjectPublicKeyInfo).digest("hex")}`;
}

export function summarize(certificate: X509Certificate): CertificateSummary {
  // The dates of node:crypto are texts, some of which Date does not read.
  const { notBefore, notAfter } = certificateContent(certificate);
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    serialNumber: certificate.serialNumber,
    notBefore,
    notAfter,
    pin: publicKeyPin(certificate),
    isCertificateAuthority: certificate.ca,
  };
}

/** Distinguished names have a line for each part: "O=system:nodes\nCN=system:node:w1". */
function oneLine(name: string): string {
  return name.split("\n").join(", ");
}

/** "CN=kubernetes, valid 2026-01-01 to 2036-01-01, sha256:…" */
export function describeCertificate(summary: CertificateSummary): string {
  const day = (date: Date) => date.toISOString().slice(0, 10);
  return `${summary.subject}, valid ${day(summary.notBefore)} to ${day(summary.notAfter)}, ${summary.pin}`;
}
