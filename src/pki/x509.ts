// The only importer of the X.509 library: whoever makes or reads certificate requests goes through this file.
// The polyfill must come first, the library's dependency container asks for it while it loads.
import "reflect-metadata";
import { createPublicKey, type KeyObject, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { KeyPair } from "./keys.ts";

export interface CertificateSubject {
  readonly commonName: string;
  /** All in one relative distinguished name, as Go writes them. */
  readonly organizations?: readonly string[];
}

export interface CertificateAuthority {
  /** The certificate that signs, PEM. */
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

export type ExtendedKeyUsage = "server auth" | "client auth";
export type KeyUsage = "digital signature" | "key encipherment";

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
  /** Bits of the random serial number: kubeadm's own certificates have 63, those of the CSR signer 128. */
  readonly serialBits?: 63 | 128;
}

export interface CertificateRequestContent {
  readonly subject: CertificateSubject & { readonly organizations: readonly string[] };
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly publicKey: KeyObject;
}

/**
 * A self-signed CA as kubeadm makes it: usages digitalSignature, keyEncipherment, keyCertSign; the common name is a DNS
 * name of the certificate too (k8s.io/client-go/util/cert NewSelfSignedCACert).
 */
export async function createCertificateAuthority(request: CertificateAuthorityRequest): Promise<CertificateAuthority> {
  const { commonName, keys, notBefore, notAfter } = request;
  const subjectPublicKey = await libraryPublicKey(keys.publicKey);
  const flags = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(63),
    subject: encodeName({ commonName }),
    issuer: encodeName({ commonName }),
    notBefore,
    notAfter,
    publicKey: subjectPublicKey,
    signingKey: await signingKey(keys.privateKey),
    signingAlgorithm: signatureAlgorithm(keys.privateKey),
    extensions: [
      new x509.KeyUsagesExtension(flags.digitalSignature | flags.keyEncipherment | flags.keyCertSign, true),
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectKeyIdentifierExtension(await subjectKeyIdentifier(subjectPublicKey)),
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: commonName }]),
    ],
  });
  return loadCertificateAuthority(pemOf(certificate), keys.privateKey);
}

/** A CA from its parts; throws where the key is not the certificate's. */
export function loadCertificateAuthority(certificatePem: string, privateKey: KeyObject): CertificateAuthority {
  const certificate = new X509Certificate(certificatePem);
  if (!certificate.checkPrivateKey(privateKey)) throw new Error("the private key is not that of the CA certificate");
  return { certificatePem, certificate, privateKey };
}

/** A leaf certificate, PEM. Extensions stand in the order in which Go writes them. */
export async function issueCertificate(request: LeafCertificateRequest): Promise<string> {
  const issuer = new x509.X509Certificate(request.ca.certificatePem);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(request.serialBits ?? 63),
    subject: encodeName(request.subject),
    issuer: new x509.Name(issuer.subjectName.toArrayBuffer()),
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    publicKey: await libraryPublicKey(request.publicKey),
    signingKey: await signingKey(request.ca.privateKey),
    signingAlgorithm: signatureAlgorithm(request.ca.privateKey),
    extensions: leafExtensions(request, issuer),
  });
  return pemOf(certificate);
}

/** Reads a PKCS#10 request (PEM) and checks its signature; throws where it is malformed or not signed by its own key. */
export async function parseCertificateRequest(pem: string): Promise<CertificateRequestContent> {
  const request = new x509.Pkcs10CertificateRequest(pem);
  if (!(await request.verify())) throw new Error("the signature of the certificate request does not verify");
  const alternative = request.extensions.find((extension) => extension instanceof x509.SubjectAlternativeNameExtension);
  const names = alternative?.names.items ?? [];
  const valuesOf = (type: string) => names.filter((name) => name.type === type).map((name) => name.value);
  return {
    subject: readName(request.subjectName),
    dnsNames: valuesOf("dns"),
    ipAddresses: valuesOf("ip"),
    emailAddresses: valuesOf("email"),
    uris: valuesOf("url"),
    publicKey: createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: "der", type: "spki" }),
  };
}

/** The subject that a PKCS#10 request (PEM) asks for, its signature unchecked; throws where it is malformed. */
export function certificateRequestSubject(pem: string): CertificateSubject & {
  readonly organizations: readonly string[];
} {
  return readName(new x509.Pkcs10CertificateRequest(pem).subjectName);
}

/** Makes a PKCS#10 request (PEM) as a kubelet does: no requested extensions unless DNS names or addresses are given. */
export async function createCertificateRequest(request: {
  readonly subject: CertificateSubject;
  readonly keys: KeyPair;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}): Promise<string> {
  const alternativeNames = subjectAlternativeNames(request);
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: encodeName(request.subject),
    keys: {
      privateKey: await signingKey(request.keys.privateKey),
      publicKey: await verifyingKey(request.keys.publicKey),
    },
    signingAlgorithm: signatureAlgorithm(request.keys.privateKey),
    ...(alternativeNames === undefined ? {} : { extensions: [alternativeNames] }),
  });
  return withFinalNewline(csr.toString("pem"));
}

/** Common name and organizations of a certificate's subject. */
export function certificateSubject(certificate: X509Certificate): CertificateSubject & {
  readonly organizations: readonly string[];
} {
  return readName(new x509.X509Certificate(certificate.raw).subjectName);
}

function leafExtensions(request: LeafCertificateRequest, issuer: x509.X509Certificate): x509.Extension[] {
  const extensions: x509.Extension[] = [];
  const usages = request.keyUsages.reduce((flags, usage) => flags | keyUsageFlags[usage], 0);
  if (usages !== 0) extensions.push(new x509.KeyUsagesExtension(usages, true));
  const extended = request.extendedKeyUsages.map((usage) => extendedKeyUsageOids[usage]);
  if (extended.length > 0) extensions.push(new x509.ExtendedKeyUsageExtension(extended));
  extensions.push(new x509.BasicConstraintsExtension(false, undefined, true));
  const issuerKey = issuer.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  if (issuerKey !== undefined) extensions.push(new x509.AuthorityKeyIdentifierExtension(issuerKey));
  const alternativeNames = subjectAlternativeNames(request);
  if (alternativeNames !== undefined) extensions.push(alternativeNames);
  return extensions;
}

function subjectAlternativeNames(names: {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}): x509.SubjectAlternativeNameExtension | undefined {
  const entries: x509.JsonGeneralNames = [
    ...(names.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(names.ipAddresses ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
  return entries.length === 0 ? undefined : new x509.SubjectAlternativeNameExtension(entries);
}

const keyUsageFlags: Record<KeyUsage, number> = {
  "digital signature": x509.KeyUsageFlags.digitalSignature,
  "key encipherment": x509.KeyUsageFlags.keyEncipherment,
};

// RFC 5280, 4.2.1.12
const extendedKeyUsageOids: Record<ExtendedKeyUsage, string> = {
  "server auth": "1.3.6.1.5.5.7.3.1",
  "client auth": "1.3.6.1.5.5.7.3.2",
};

/** Organizations first, in one SET, whose members DER wants sorted (X.690, 11.6); then the common name. */
function encodeName(subject: CertificateSubject): x509.Name {
  const organizations = [...new Set(subject.organizations ?? [])].sort(
    (a, b) => Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  const name: x509.JsonNameParams = [];
  if (organizations.length > 0) name.push({ O: organizations.map(encodeText) });
  if (subject.commonName !== "") name.push({ CN: [encodeText(subject.commonName)] });
  return new x509.Name(name);
}

/** PrintableString where its alphabet suffices, else UTF8String: what Go's encoding/asn1 picks. */
function encodeText(text: string): { printableString: string } | { utf8String: string } {
  return /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text) ? { printableString: text } : { utf8String: text };
}

function readName(name: x509.Name): CertificateSubject & { readonly organizations: readonly string[] } {
  return { commonName: name.getField("CN").at(-1) ?? "", organizations: name.getField("O") };
}

/** RFC 7093, method 1: the first 160 bits of the SHA-256 of the public key's bits, as Go has done since 1.25. */
async function subjectKeyIdentifier(publicKey: x509.PublicKey): Promise<string> {
  const digest = await publicKey.getKeyIdentifier("SHA-256");
  return Buffer.from(digest).subarray(0, 20).toString("hex");
}

/** Random, positive and of at most `bits` bits; DER integers are signed, so the library gets a leading zero byte. */
function randomSerial(bits: 63 | 128): string {
  const bytes = randomBytes(bits === 63 ? 8 : 16);
  const first = bytes[0] ?? 0;
  bytes[0] = (bits === 63 ? first & 0x7f : first) | 0x01;
  return first >= 0x80 && bits === 128 ? `00${bytes.toString("hex")}` : bytes.toString("hex");
}

async function libraryPublicKey(key: KeyObject): Promise<x509.PublicKey> {
  return new x509.PublicKey(key.export({ format: "der", type: "spki" }));
}

type Algorithm = Parameters<typeof webcrypto.subtle.importKey>[2];

/** SHA-384 with P-384 keys, SHA-256 with all others: the hashes Go's x509 package pairs with them. */
function signatureAlgorithm(key: KeyObject): { name: string; hash: string; namedCurve?: string } {
  if (key.asymmetricKeyType !== "ec") return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  return key.asymmetricKeyDetails?.namedCurve === "secp384r1"
    ? { name: "ECDSA", hash: "SHA-384", namedCurve: "P-384" }
    : { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" };
}

async function signingKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const algorithm: Algorithm = signatureAlgorithm(key);
  return webcrypto.subtle.importKey("pkcs8", key.export({ format: "der", type: "pkcs8" }), algorithm, false, ["sign"]);
}

async function verifyingKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const algorithm: Algorithm = signatureAlgorithm(key);
  return webcrypto.subtle.importKey("spki", key.export({ format: "der", type: "spki" }), algorithm, true, ["verify"]);
}

function pemOf(certificate: x509.X509Certificate): string {
  return withFinalNewline(certificate.toString("pem"));
}

function withFinalNewline(pem: string): string {
  return pem.endsWith("\n") ? pem : `${pem}\n`;
}
