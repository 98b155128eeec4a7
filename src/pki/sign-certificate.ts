import { type KeyObject, randomBytes, type X509Certificate } from "node:crypto";
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
import { derTag, writeDer, writeTime } from "./der.ts";
import { type CertificateSubject, writeName } from "./distinguished-name.ts";
import type { KeyPair } from "./keys.ts";
import { toPem } from "./pem.ts";
import { signatureAlgorithm, writeSigned } from "./signature.ts";

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Who signs: a CA's certificate and the key that belongs to it. */
export interface Issuer {
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
}

export interface LeafRequest extends Validity, AlternativeNames {
  readonly subject: CertificateSubject;
  readonly publicKey: KeyObject;
  readonly extendedKeyUsages: readonly ExtendedKeyUsage[];
  /** By default digitalSignature and keyEncipherment, with any kind of key. */
  readonly keyUsages?: readonly KeyUsage[];
  /** Bits of the random serial number: kubeadm's own certificates have 63, those of the CSR signer 128. */
  readonly serialBits?: 63 | 128;
}

/**
 * A self-signed CA, PEM: usages digitalSignature, keyEncipherment, keyCertSign; the common name is a DNS name of the
 * certificate too (client-go: util/cert NewSelfSignedCACert).
 */
export function signAuthority({
  commonName,
  keys,
  ...validity
}: Validity & { readonly commonName: string; readonly keys: KeyPair }): string {
  const publicKey = publicKeyInfo(keys.publicKey);
  const name = writeName({ commonName });
  return signed(
    { issuer: name, subject: name, publicKey, validity },
    [
      keyUsageExtension(["digital signature", "key encipherment", "certificate signing"]),
      basicConstraintsExtension({ isAuthority: true }),
      subjectKeyIdentifierExtension(subjectKeyIdentifier(publicKey)),
      alternativeNamesExtension({ dnsNames: [commonName] }),
    ],
    keys.privateKey,
  );
}

/** A certificate of no CA, PEM. Extensions stand in the order in which Go's crypto/x509 writes them. */
export function signLeaf(request: LeafRequest, issuer: Issuer): string {
  const authority = certificateContent(issuer.certificate);
  const { subject, publicKey, extendedKeyUsages, keyUsages = ["digital signature", "key encipherment"] } = request;
  return signed(
    {
      issuer: authority.subjectName,
      subject: writeName(subject),
      publicKey: publicKeyInfo(publicKey),
      validity: request,
      ...(request.serialBits === undefined ? {} : { serialBits: request.serialBits }),
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
  /** The names and the key as they are encoded. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly validity: Validity;
  readonly serialBits?: 63 | 128;
}

/** TBSCertificate of RFC 5280, 4.1, version 3, signed. */
function signed(content: Content, extensions: readonly (Uint8Array | undefined)[], key: KeyObject): string {
  const { issuer, subject, publicKey, validity, serialBits = 63 } = content;
  const version3 = writeDer(derTag.context0, writeDer(derTag.integer, Uint8Array.of(2)));
  const present = extensions.filter((extension) => extension !== undefined);
  const certificate = writeDer(
    derTag.sequence,
    version3,
    randomSerial(serialBits),
    signatureAlgorithm(key).identifier,
    issuer,
    writeDer(derTag.sequence, writeTime(validity.notBefore), writeTime(validity.notAfter)),
    subject,
    publicKey,
    writeDer(derTag.context3, writeDer(derTag.sequence, ...present)),
  );
  return toPem("CERTIFICATE", writeSigned(certificate, key));
}

/** Positive, of at most `bits` bits, and never zero. */
function randomSerial(bits: 63 | 128): Uint8Array {
  const bytes = randomBytes(bits === 63 ? 8 : 16);
  const first = bytes[0] ?? 0;
  // The lowest bit keeps the first byte from being zero: DER allows no leading ones.
  bytes[0] = (bits === 63 ? first & 0x7f : first) | 0x01;
  // DER's integers are signed.
  const sign = first >= 0x80 && bits === 128 ? [0] : [];
  return writeDer(derTag.integer, Uint8Array.from([...sign, ...bytes]));
}

function publicKeyInfo(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ type: "spki", format: "der" }));
}
