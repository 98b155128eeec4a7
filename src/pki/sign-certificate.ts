import { type KeyObject, randomBytes, type X509Certificate } from "node:crypto";
import { type Extension, Extensions, Validity as ValidityField, Version } from "@peculiar/asn1-x509";
import { Integer } from "asn1js";
import { writeAsn1 } from "./asn1.ts";
import { certificateContent } from "./certificate-content.ts";
import {
  type AlternativeNames,
  alternativeNamesExtension,
  authorityKeyIdentifierExtension,
  basicConstraintsExtension,
  type ExtendedKeyUsage,
  extendedKeyUsageExtension,
  type KeyUsage,
  keyUsageExtension,
  subjectKeyIdentifier,
  subjectKeyIdentifierExtension,
} from "./certificate-extensions.ts";
import { TbsCertificate } from "./certificate-schema.ts";
import { type CertificateSubject, nameOf } from "./distinguished-name.ts";
import { usagesOf } from "./key-usages.ts";
import type { KeyPair } from "./keys.ts";
import { toPem } from "./pem.ts";
import { signatureAlgorithm, writeSigned } from "./signature.ts";

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** The signer: a CA's certificate and its key. */
export interface Issuer {
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
}

export interface LeafRequest extends Validity, AlternativeNames {
  readonly subject: CertificateSubject;
  readonly publicKey: KeyObject;
  readonly extendedKeyUsages: readonly ExtendedKeyUsage[];
  /** By default what `usagesOf` returns for the key. */
  readonly keyUsages?: readonly KeyUsage[];
}

export interface AuthorityRequest extends Validity {
  readonly commonName: string;
  readonly keys: KeyPair;
  /** In addition to keyCertSign; by default what `usagesOf` returns for the key. */
  readonly keyUsages?: readonly KeyUsage[];
}

/**
 * Returns a self-signed CA, PEM; the common name is also a DNS name of the certificate (client-go: util/cert
 * NewSelfSignedCACert).
 */
export function signAuthority({
  commonName,
  keys,
  keyUsages = usagesOf(keys.publicKey),
  ...validity
}: AuthorityRequest): string {
  const publicKey = publicKeyInfo(keys.publicKey);
  const name = writeAsn1(nameOf({ commonName }));
  return signed(
    { issuer: name, subject: name, publicKey, validity },
    [
      keyUsageExtension([...keyUsages, "certificate signing"]),
      basicConstraintsExtension({ isAuthority: true }),
      subjectKeyIdentifierExtension(subjectKeyIdentifier(publicKey)),
      alternativeNamesExtension({ dnsNames: [commonName] }),
    ],
    keys.privateKey,
  );
}

/** Returns a certificate that is not a CA's, PEM. Extensions are in the order in which Go's crypto/x509 writes them. */
export function signLeaf(request: LeafRequest, issuer: Issuer): string {
  const authority = certificateContent(issuer.certificate);
  const { subject, publicKey, extendedKeyUsages, keyUsages = usagesOf(publicKey) } = request;
  return signed(
    {
      issuer: authority.subjectName,
      subject: writeAsn1(nameOf(subject)),
      publicKey: publicKeyInfo(publicKey),
      validity: request,
    },
    [
      keyUsages.length === 0 ? undefined : keyUsageExtension(keyUsages),
      extendedKeyUsages.length === 0 ? undefined : extendedKeyUsageExtension(extendedKeyUsages),
      basicConstraintsExtension({ isAuthority: false }),
      authority.subjectKeyIdentifier && authorityKeyIdentifierExtension(authority.subjectKeyIdentifier),
      alternativeNamesExtension(request),
    ],
    issuer.privateKey,
  );
}

interface Content {
  /** The encoded names and key. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly validity: Validity;
}

/** TBSCertificate of RFC 5280, 4.1, version 3, signed. */
function signed(content: Content, extensions: readonly (Extension | undefined)[], key: KeyObject): string {
  const certificate = new TbsCertificate();
  certificate.version = Version.v3;
  certificate.serialNumber = new Uint8Array(new Integer({ valueHex: randomSerial() }).toBER());
  certificate.signature = signatureAlgorithm(key).identifier;
  certificate.issuer = content.issuer;
  certificate.validity = new ValidityField(content.validity);
  certificate.subject = content.subject;
  certificate.subjectPublicKeyInfo = content.publicKey;
  certificate.extensions = new Extensions(extensions.filter((extension) => extension !== undefined));
  return toPem("CERTIFICATE", writeSigned(certificate, key));
}

/**
 * Positive, of the 20 bytes that RFC 5280, 4.1.2.2, allows at most: 159 random bits, where upstream's certificates have
 * 63. DER wants no leading zero byte, so that one number in 128 is drawn again.
 */
function randomSerial(): ArrayBuffer {
  for (;;) {
    const bytes = Uint8Array.from(randomBytes(20));
    bytes[0] = (bytes[0] ?? 0) & 0x7f;
    if (bytes[0] !== 0) return bytes.buffer;
  }
}

function publicKeyInfo(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ type: "spki", format: "der" }));
}
