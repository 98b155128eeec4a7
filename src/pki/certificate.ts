import { createHash, X509Certificate } from "node:crypto";
import { parsedCertificate } from "./parsed-certificate.ts";
import { pemBlocks, toPem } from "./pem.ts";

/** What people compare when they ask "which CA is this?". */
export interface CertificateSummary {
  readonly subject: string;
  readonly issuer: string;
  /** Hexadecimal. */
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** `sha256:<hex>` over the SubjectPublicKeyInfo, as --discovery-token-ca-cert-hash takes it. */
  readonly pin: string;
  readonly isCertificateAuthority: boolean;
}

/**
 * The certificates of a PEM bundle, in order; blocks of other kinds are passed over, as Go's cert.ParseCertsPEM does.
 * Throws where one is malformed, by the platform's reading or by ours: what it returns can be looked at without fear.
 */
export function parseCertificates(pem: string): readonly X509Certificate[] {
  return pemBlocks("CERTIFICATE", pem).map(parseCertificate);
}

/** The constructor takes PEM too, and passes over what follows: neither is the certificate that stands there. */
function parseCertificate(der: Uint8Array): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(der);
  } catch {
    throw new Error("x509: malformed certificate");
  }
  if (!certificate.raw.equals(der)) throw new Error("x509: trailing data");
  parsedCertificate(certificate);
  return certificate;
}

/** A CERTIFICATE block for each, as Go's encoding/pem writes them. */
export function encodeCertificates(certificates: readonly X509Certificate[]): string {
  return certificates.map(({ raw }) => toPem("CERTIFICATE", new Uint8Array(raw))).join("");
}

/**
 * The pin of RFC 7469 §2.4 as kubeadm writes it: SHA-256 over the SubjectPublicKeyInfo exactly as it stands in the
 * certificate, not encoded anew.
 */
export function publicKeyPin(certificate: X509Certificate): string {
  const { subjectPublicKeyInfo } = parsedCertificate(certificate).tbs;
  return `sha256:${createHash("sha256").update(subjectPublicKeyInfo).digest("hex")}`;
}

export function summarize(certificate: X509Certificate): CertificateSummary {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    serialNumber: certificate.serialNumber,
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
    pin: publicKeyPin(certificate),
    isCertificateAuthority: certificate.ca,
  };
}

/** Distinguished names come with a line per part: "O=system:nodes\nCN=system:node:w1". */
function oneLine(name: string): string {
  return name.split("\n").join(", ");
}

/** "CN=kubernetes, valid 2026-01-01 to 2036-01-01, sha256:…" */
export function describeCertificate(summary: CertificateSummary): string {
  const day = (date: Date) => date.toISOString().slice(0, 10);
  return `${summary.subject}, valid ${day(summary.notBefore)} to ${day(summary.notAfter)}, ${summary.pin}`;
}
