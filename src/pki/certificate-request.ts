import { generateKeyPair, type KeyObject, sign } from "node:crypto";
import { Secret } from "../errors/secret.ts";
import { derTag, writeDer, writeObjectIdentifier } from "./der.ts";

/** Object identifiers of X.520 and RFC 5758. */
const oid = { organization: "2.5.4.10", commonName: "2.5.4.3", ecdsaWithSha256: "1.2.840.10045.4.3.2" } as const;

export interface CertificateRequest {
  /** PEM, block "CERTIFICATE REQUEST". */
  readonly request: string;
  /** PEM, block "EC PRIVATE KEY" (SEC 1), as the kubelet stores it. */
  readonly privateKey: Secret;
}

function generateKeys(): Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }> {
  return new Promise((resolve, reject) => {
    generateKeyPair("ec", { namedCurve: "P-256" }, (error, publicKey, privateKey) =>
      error === null ? resolve({ publicKey, privateKey }) : reject(error),
    );
  });
}

/**
 * A new P-256 key and a PKCS #10 request (RFC 2986) for it: no attributes, no extensions, ECDSA with SHA-256. This is
 * the one shape that the kubelet's TLS bootstrap sends, so that a worker join needs no X.509 library in memory.
 */
export async function requestClientCertificate(subject: {
  readonly organization: string;
  readonly commonName: string;
}): Promise<CertificateRequest> {
  const { publicKey, privateKey } = await generateKeys();
  const version = writeDer(derTag.integer, Uint8Array.of(0));
  const name = writeDer(
    derTag.sequence,
    nameAttribute(oid.organization, subject.organization),
    nameAttribute(oid.commonName, subject.commonName),
  );
  const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  const info = writeDer(derTag.sequence, version, name, spki, writeDer(derTag.context0));
  const request = writeDer(
    derTag.sequence,
    info,
    algorithm(oid.ecdsaWithSha256),
    bitString(signature(info, privateKey)),
  );
  const key = privateKey.export({ type: "sec1", format: "pem" });
  return { request: toPem("CERTIFICATE REQUEST", request), privateKey: new Secret(key.toString()) };
}

function nameAttribute(type: string, value: string): Uint8Array {
  const text = new TextEncoder().encode(value);
  // Go's crypto/x509 writes PrintableString where the characters allow it, UTF8String elsewhere; so does this.
  const tag = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value) ? derTag.printableString : derTag.utf8String;
  return writeDer(derTag.set, writeDer(derTag.sequence, writeObjectIdentifier(type), writeDer(tag, text)));
}

function algorithm(identifier: string): Uint8Array {
  return writeDer(derTag.sequence, writeObjectIdentifier(identifier));
}

function signature(bytes: Uint8Array, key: KeyObject): Uint8Array {
  return new Uint8Array(sign("sha256", bytes, key));
}

function bitString(bytes: Uint8Array): Uint8Array {
  return writeDer(derTag.bitString, Uint8Array.of(0), bytes);
}

function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
