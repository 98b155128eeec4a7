// Keys of ML-DSA (FIPS 204) in the only form that upstream writes and reads: PKCS #8 with the seed alone (RFC 9881, 6).
import type { KeyObject } from "node:crypto";
import { AsnProp, AsnPropTypes, AsnType, AsnTypeTypes, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";
import { Asn1Error, asIs, readAsn1, writeAsn1 } from "./asn1.ts";
import { fromPem, toPem } from "./pem.ts";

/** By the types of node:crypto. One identifier stands for the key and for its signatures (RFC 9881, 2 and 3). */
const identifiers: ReadonlyMap<string, string> = new Map([
  ["ml-dsa-44", "2.16.840.1.101.3.4.3.17"],
  ["ml-dsa-65", "2.16.840.1.101.3.4.3.18"],
  ["ml-dsa-87", "2.16.840.1.101.3.4.3.19"],
]);

export const mlDsaIdentifiers: ReadonlySet<string> = new Set(identifiers.values());

/** Returns the object identifier of an ML-DSA key and of its signatures; undefined for other keys. */
export function mlDsaIdentifier({ asymmetricKeyType }: Pick<KeyObject, "asymmetricKeyType">): string | undefined {
  return identifiers.get(asymmetricKeyType ?? "");
}

/** Returns the type of key in node:crypto that the identifier stands for; undefined for other identifiers. */
export function mlDsaName(identifier: string): string | undefined {
  return [...identifiers].find(([, each]) => each === identifier)?.[0];
}

/** The CHOICE inside the private key: the seed, the key computed from it, or both. */
class PrivateKeyForm {
  seed?: OctetString;
  expandedKey?: OctetString;
  both?: Uint8Array;
}
AsnType({ type: AsnTypeTypes.Choice })(PrivateKeyForm);
AsnProp({ type: OctetString, context: 0, implicit: true })(PrivateKeyForm.prototype, "seed");
AsnProp({ type: OctetString })(PrivateKeyForm.prototype, "expandedKey");
AsnProp({ type: AsnPropTypes.Any, converter: asIs })(PrivateKeyForm.prototype, "both");

/** PrivateKeyInfo of RFC 5958, 2. */
class PrivateKeyInfo {
  version = 0;
  algorithm = new AlgorithmIdentifier();
  privateKey = new OctetString();
  attributes?: Uint8Array;
  publicKey?: Uint8Array;
}
AsnProp({ type: AsnPropTypes.Integer })(PrivateKeyInfo.prototype, "version");
AsnProp({ type: AlgorithmIdentifier })(PrivateKeyInfo.prototype, "algorithm");
AsnProp({ type: OctetString })(PrivateKeyInfo.prototype, "privateKey");
AsnProp({ type: AsnPropTypes.Any, context: 0, implicit: true, optional: true })(PrivateKeyInfo.prototype, "attributes");
AsnProp({ type: AsnPropTypes.Any, context: 1, implicit: true, optional: true })(PrivateKeyInfo.prototype, "publicKey");

const label = "PRIVATE KEY";

/**
 * Returns the key as PEM. Only BoringSSL exports this form itself: OpenSSL adds the expanded key, which neither BoringSSL
 * nor Go reads. Both give the seed in JSON Web Keys.
 */
export function mlDsaPrivateKeyPem(key: KeyObject, identifier: string): string {
  const { priv } = key.export({ format: "jwk" });
  if (typeof priv !== "string") throw new TypeError("the ML-DSA key has no seed");
  const form = new PrivateKeyForm();
  form.seed = new OctetString(Uint8Array.from(Buffer.from(priv, "base64url")));
  const info = new PrivateKeyInfo();
  info.algorithm = new AlgorithmIdentifier({ algorithm: identifier });
  info.privateKey = new OctetString(writeAsn1(form));
  return toPem(label, writeAsn1(info));
}

/** Reports whether it is an ML-DSA private key in a form that contains more or less than the seed. */
export function isForeignMlDsaForm(pem: string): boolean {
  const der = fromPem(label, pem);
  if (der === undefined) return false;
  try {
    const { algorithm, privateKey } = readAsn1(der, PrivateKeyInfo);
    if (!mlDsaIdentifiers.has(algorithm.algorithm)) return false;
    return readAsn1(new Uint8Array(privateKey.buffer), PrivateKeyForm).seed === undefined;
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}
