import { createPublicKey, type KeyObject } from "node:crypto";
import { CertificationRequest, type CertificationRequestInfo } from "@peculiar/asn1-csr";
import { Extensions, id_ce_subjectAltName } from "@peculiar/asn1-x509";
import { messageOf } from "../errors/kubeadm-error.ts";
import { Asn1Error, isDerOf, readAsn1, writeAsn1 } from "./asn1.ts";
import { type GeneralNames, noGeneralNames, readGeneralNames } from "./certificate-extensions.ts";
import { extensionRequestOid } from "./certificate-request.ts";
import { type CertificateSubject, subjectOf } from "./distinguished-name.ts";
import { fromPem } from "./pem.ts";
import { isSignedWith } from "./signature.ts";

export interface CertificateRequestContent extends GeneralNames {
  readonly subject: Required<CertificateSubject>;
  readonly publicKey: KeyObject;
}

export interface ReadCertificateRequest extends CertificateRequestContent {
  /** Whether the author of the request has the private key for its public key. */
  isSignedByItsKey(): boolean;
}

/** Reads a PKCS #10 request (RFC 2986), PEM. Throws Asn1Error if it is malformed. */
export function readCertificateRequest(pem: string): ReadCertificateRequest {
  const der = fromPem("CERTIFICATE REQUEST", pem);
  if (der === undefined) throw new Asn1Error("there is no certificate request");
  const request = readAsn1(der, CertificationRequest);
  // The library reads BER; only DER means the same to every reader.
  if (!isDerOf(request, der)) throw new Asn1Error("the certificate request is not DER");
  const { certificationRequestInfo: info, signatureAlgorithm, signature } = request;
  const publicKey = publicKeyOf(info);
  return {
    subject: subjectOf(info.subject),
    publicKey,
    ...requestedNames(info),
    isSignedByItsKey: () =>
      isSignedWith(publicKey, {
        identifier: signatureAlgorithm.algorithm,
        content: writeAsn1(info),
        signature: new Uint8Array(signature),
      }),
  };
}

function publicKeyOf({ subjectPKInfo }: CertificationRequestInfo): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(writeAsn1(subjectPKInfo)), format: "der", type: "spki" });
  } catch (error) {
    throw new Asn1Error(`the public key cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function requestedNames({ attributes }: CertificationRequestInfo): GeneralNames {
  for (const { type, values } of attributes) {
    const [extensions] = values;
    if (type !== extensionRequestOid || extensions === undefined) continue;
    const names = [...readAsn1(new Uint8Array(extensions), Extensions)].find(
      ({ extnID }) => extnID === id_ce_subjectAltName,
    );
    if (names !== undefined) return readGeneralNames(new Uint8Array(names.extnValue.buffer));
  }
  return noGeneralNames;
}
