import { Attributes, CertificationRequestInfo } from "@peculiar/asn1-csr";
import { Attribute, Extensions, SubjectPublicKeyInfo } from "@peculiar/asn1-x509";
import { Secret } from "../errors/secret.ts";
import { readAsn1, writeAsn1 } from "./asn1.ts";
import { type AlternativeNames, alternativeNamesExtension } from "./certificate-extensions.ts";
import { type CertificateSubject, nameOf } from "./distinguished-name.ts";
import { generateKeys, type KeyPair, privateKeyPem } from "./keys.ts";
import { toPem } from "./pem.ts";
import { bufferOf, writeSigned } from "./signature.ts";

/** PKCS #9: the attribute that contains the requested extensions. */
export const extensionRequestOid = "1.2.840.113549.1.9.14";

export interface ClientCertificateRequest {
  /** PEM, block "CERTIFICATE REQUEST". */
  readonly request: string;
  /** PEM, block "EC PRIVATE KEY" (SEC 1), as the kubelet stores it. */
  readonly privateKey: Secret;
}

/** Returns a new P-256 key and a request for it, in the form that the kubelet's TLS bootstrap sends. */
export async function requestClientCertificate(subject: CertificateSubject): Promise<ClientCertificateRequest> {
  const keys = await generateKeys("ECDSA-P256");
  return {
    request: writeCertificateRequest({ subject, keys }),
    privateKey: new Secret(privateKeyPem(keys.privateKey)),
  };
}

/**
 * Returns a PKCS #10 request (RFC 2986), PEM, signed by its own key. Its only possible attribute contains the names, if
 * there are any.
 */
export function writeCertificateRequest({
  subject,
  keys,
  ...names
}: AlternativeNames & { readonly subject: CertificateSubject; readonly keys: KeyPair }): string {
  const publicKey = new Uint8Array(keys.publicKey.export({ type: "spki", format: "der" }));
  const info = new CertificationRequestInfo({
    subject: nameOf(subject),
    subjectPKInfo: readAsn1(publicKey, SubjectPublicKeyInfo),
    attributes: attributesOf(names),
  });
  return toPem("CERTIFICATE REQUEST", writeSigned(info, keys.privateKey));
}

function attributesOf(names: AlternativeNames): Attributes {
  const extension = alternativeNamesExtension(names);
  if (extension === undefined) return new Attributes();
  const values = [bufferOf(writeAsn1(new Extensions([extension])))];
  return new Attributes([new Attribute({ type: extensionRequestOid, values })]);
}
