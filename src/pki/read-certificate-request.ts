import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { extensionOid, type GeneralNames, readGeneralNames } from "./certificate-extensions.ts";
import { extensionRequestOid } from "./certificate-request.ts";
import { type DerElement, DerError, derTag, readDer, readObjectIdentifier } from "./der.ts";
import { type CertificateSubject, readName } from "./distinguished-name.ts";
import { fromPem } from "./pem.ts";
import { signatureHash } from "./signature.ts";

export interface CertificateRequestContent extends GeneralNames {
  readonly subject: Required<CertificateSubject>;
  readonly publicKey: KeyObject;
}

export interface ReadCertificateRequest extends CertificateRequestContent {
  /** Whether whoever wrote the request has the private key to its public one. */
  isSignedByItsKey(): boolean;
}

/** Reads a PKCS #10 request (RFC 2986), PEM. Throws DerError where it is malformed. */
export function readCertificateRequest(pem: string): ReadCertificateRequest {
  const der = fromPem("CERTIFICATE REQUEST", pem);
  if (der === undefined) throw new DerError("there is no certificate request");
  const [whole, ...more] = readDer(der);
  if (more.length > 0) throw new DerError("something follows the certificate request");
  const [info, algorithm, signature, ...rest] = readDer(contentOf(whole, derTag.sequence));
  if (rest.length > 0) throw new DerError("the certificate request has more than three parts");
  const [, subject, key, attributes] = readDer(contentOf(info, derTag.sequence));
  const publicKey = createPublicKey({ key: Buffer.from(present(key).whole), format: "der", type: "spki" });
  const [identifier] = readDer(contentOf(algorithm, derTag.sequence));
  const hash = signatureHash(readObjectIdentifier(contentOf(identifier, derTag.objectIdentifier)), publicKey);
  const [unusedBits, ...bits] = contentOf(signature, derTag.bitString);
  if (unusedBits !== 0) throw new DerError("the signature is not made of whole bytes");
  return {
    subject: readName(present(subject)),
    publicKey,
    ...requestedNames(attributes),
    isSignedByItsKey: () => hash !== undefined && verify(hash, present(info).whole, publicKey, Uint8Array.from(bits)),
  };
}

function requestedNames(attributes: DerElement | undefined): GeneralNames {
  const list = attributes?.tag === derTag.context0 ? readDer(attributes.content) : [];
  for (const attribute of list) {
    const [type, values] = readDer(attribute.content);
    if (readObjectIdentifier(present(type).content) !== extensionRequestOid) continue;
    const [extensions] = readDer(present(values).content);
    for (const extension of readDer(present(extensions).content)) {
      const parts = readDer(extension.content);
      const identifier = readObjectIdentifier(present(parts[0]).content);
      if (identifier === extensionOid.subjectAlternativeName) return readGeneralNames(present(parts.at(-1)).content);
    }
  }
  return { dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] };
}

function contentOf(element: DerElement | undefined, tag: number): Uint8Array {
  const { content, tag: found } = present(element);
  if (found !== tag) throw new DerError("an element of the certificate request is of another type");
  return content;
}

function present(element: DerElement | undefined): DerElement {
  if (element === undefined) throw new DerError("the certificate request ends early");
  return element;
}
