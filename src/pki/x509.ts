import { type KeyObject, X509Certificate } from "node:crypto";
import { certificateContent } from "./certificate-content.ts";
import type { ExtendedKeyUsage, KeyUsage } from "./certificate-extensions.ts";
import { writeCertificateRequest } from "./certificate-request.ts";
import type { CertificateSubject } from "./distinguished-name.ts";
import type { KeyPair } from "./keys.ts";
import { type CertificateRequestContent, readCertificateRequest } from "./read-certificate-request.ts";
import { signAuthority, signLeaf } from "./sign-certificate.ts";

export type { CertificateRequestContent, CertificateSubject, ExtendedKeyUsage, KeyUsage };

/** The certificate of a CA and its key. */
export interface CertificateAuthority {
  /** The signing certificate, PEM. */
  readonly certificatePem: string;
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
}

export interface CertificateAuthorityRequest {
  readonly commonName: string;
  readonly keys: KeyPair;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface LeafCertificateRequest {
  readonly ca: CertificateAuthority;
  readonly subject: CertificateSubject;
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly keyUsages: readonly KeyUsage[];
  readonly extendedKeyUsages: readonly ExtendedKeyUsage[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

/** A self-signed CA, same as kubeadm's. */
export async function createCertificateAuthority(request: CertificateAuthorityRequest): Promise<CertificateAuthority> {
  return loadCertificateAuthority(signAuthority(request), request.keys.privateKey);
}

/** Returns a CA from its parts; throws if the key does not belong to the certificate. */
export function loadCertificateAuthority(certificatePem: string, privateKey: KeyObject): CertificateAuthority {
  const certificate = new X509Certificate(certificatePem);
  if (!certificate.checkPrivateKey(privateKey)) throw new Error("the private key does not match the CA certificate");
  return { certificatePem, certificate, privateKey };
}

/** A leaf certificate, PEM. */
export async function issueCertificate({ ca, ...request }: LeafCertificateRequest): Promise<string> {
  return signLeaf(request, ca);
}

/** Reads a PKCS#10 request (PEM) and checks its signature; throws if it is malformed or not signed by its own key. */
export async function parseCertificateRequest(pem: string): Promise<CertificateRequestContent> {
  const { isSignedByItsKey, ...content } = readCertificateRequest(pem);
  if (!isSignedByItsKey()) throw new Error("the signature of the certificate request does not verify");
  return content;
}

/**
 * Returns the subject that a PKCS#10 request (PEM) asks for, without checking its signature; throws if it is malformed.
 */
export function certificateRequestSubject(pem: string): Required<CertificateSubject> {
  return readCertificateRequest(pem).subject;
}

/**
 * Returns a PKCS#10 request (PEM) like a kubelet's: without requested extensions unless DNS names or addresses are
 * given.
 */
export async function createCertificateRequest(request: {
  readonly subject: CertificateSubject;
  readonly keys: KeyPair;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}): Promise<string> {
  return writeCertificateRequest(request);
}

/** Returns the common name and organizations of a certificate's subject. */
export function certificateSubject(certificate: X509Certificate): Required<CertificateSubject> {
  return certificateContent(certificate).subject;
}
