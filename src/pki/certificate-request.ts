import { Secret } from "../errors/secret.ts";
import { type AlternativeNames, alternativeNamesExtension } from "./certificate-extensions.ts";
import { derTag, writeDer, writeObjectIdentifier } from "./der.ts";
import { type CertificateSubject, writeName } from "./distinguished-name.ts";
import { generateKeys, type KeyPair, privateKeyPem } from "./keys.ts";
import { toPem } from "./pem.ts";
import { writeSigned } from "./signature.ts";

/** PKCS #9: the attribute that carries the extensions a request asks for. */
export const extensionRequestOid = "1.2.840.113549.1.9.14";

export interface ClientCertificateRequest {
  /** PEM, block "CERTIFICATE REQUEST". */
  readonly request: string;
  /** PEM, block "EC PRIVATE KEY" (SEC 1), as the kubelet stores it. */
  readonly privateKey: Secret;
}

/** A new P-256 key and a request for it, of the one shape that the kubelet's TLS bootstrap sends. */
export async function requestClientCertificate(subject: CertificateSubject): Promise<ClientCertificateRequest> {
  const keys = await generateKeys("ECDSA-P256");
  return {
    request: writeCertificateRequest({ subject, keys }),
    privateKey: new Secret(privateKeyPem(keys.privateKey)),
  };
}

/**
 * A PKCS #10 request (RFC 2986), PEM, signed by its own key: no attributes unless there are names, and then nothing but
 * these. Written without an X.509 library, which would cost more memory than the rest of a join.
 */
export function writeCertificateRequest({
  subject,
  keys,
  ...names
}: AlternativeNames & { readonly subject: CertificateSubject; readonly keys: KeyPair }): string {
  const version = writeDer(derTag.integer, Uint8Array.of(0));
  const publicKey = new Uint8Array(keys.publicKey.export({ type: "spki", format: "der" }));
  const info = writeDer(derTag.sequence, version, writeName(subject), publicKey, attributes(names));
  return toPem("CERTIFICATE REQUEST", writeSigned(info, keys.privateKey));
}

function attributes(names: AlternativeNames): Uint8Array {
  const extension = alternativeNamesExtension(names);
  if (extension === undefined) return writeDer(derTag.context0);
  const values = writeDer(derTag.set, writeDer(derTag.sequence, extension));
  return writeDer(derTag.context0, writeDer(derTag.sequence, writeObjectIdentifier(extensionRequestOid), values));
}
