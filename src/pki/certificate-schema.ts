// X.509 certificates (RFC 5280, 4.1) for the ASN.1 library. Everything that is compared, hashed or copied byte by byte
// is kept as the bytes of the certificate.
import { AsnProp, AsnPropTypes } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, Extensions, Validity, Version } from "@peculiar/asn1-x509";
import { asIs } from "./asn1.ts";

const noBytes: Uint8Array = new Uint8Array();
const bytes = { type: AsnPropTypes.Any, converter: asIs };

export class TbsCertificate {
  version: number = Version.v1;
  /** An INTEGER. */
  serialNumber = noBytes;
  signature = new AlgorithmIdentifier();
  /** A Name. */
  issuer = noBytes;
  validity = new Validity();
  /** A Name. */
  subject = noBytes;
  subjectPublicKeyInfo = noBytes;
  issuerUniqueID?: ArrayBuffer;
  subjectUniqueID?: ArrayBuffer;
  extensions?: Extensions;
}
const tbs = TbsCertificate.prototype;
AsnProp({ type: AsnPropTypes.Integer, context: 0, defaultValue: Version.v1 })(tbs, "version");
AsnProp(bytes)(tbs, "serialNumber");
AsnProp({ type: AlgorithmIdentifier })(tbs, "signature");
AsnProp(bytes)(tbs, "issuer");
AsnProp({ type: Validity })(tbs, "validity");
AsnProp(bytes)(tbs, "subject");
AsnProp(bytes)(tbs, "subjectPublicKeyInfo");
AsnProp({ type: AsnPropTypes.BitString, context: 1, implicit: true, optional: true })(tbs, "issuerUniqueID");
AsnProp({ type: AsnPropTypes.BitString, context: 2, implicit: true, optional: true })(tbs, "subjectUniqueID");
AsnProp({ type: Extensions, context: 3, optional: true })(tbs, "extensions");

export class Certificate {
  tbsCertificate = new TbsCertificate();
  signatureAlgorithm = new AlgorithmIdentifier();
  signatureValue = new ArrayBuffer(0);
}
AsnProp({ type: TbsCertificate })(Certificate.prototype, "tbsCertificate");
AsnProp({ type: AlgorithmIdentifier })(Certificate.prototype, "signatureAlgorithm");
AsnProp({ type: AsnPropTypes.BitString })(Certificate.prototype, "signatureValue");

/** SIGNED{} of X.509: the signed content, as it was signed; the algorithm; the signature. */
export class Signed {
  content = noBytes;
  algorithm = new AlgorithmIdentifier();
  signature = new ArrayBuffer(0);
}
AsnProp(bytes)(Signed.prototype, "content");
AsnProp({ type: AlgorithmIdentifier })(Signed.prototype, "algorithm");
AsnProp({ type: AsnPropTypes.BitString })(Signed.prototype, "signature");
