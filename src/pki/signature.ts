import { type KeyObject, sign } from "node:crypto";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";
import { writeAsn1 } from "./asn1.ts";
import { Signed } from "./certificate-schema.ts";

type Hash = "sha256" | "sha384" | "sha512";

interface Algorithm {
  readonly hash: Hash;
  readonly identifier: AlgorithmIdentifier;
}

// RFC 8017, appendix A.2.4, and RFC 5758, 3.2
const oid = {
  rsaWithSha256: "1.2.840.113549.1.1.11",
  rsaWithSha384: "1.2.840.113549.1.1.12",
  rsaWithSha512: "1.2.840.113549.1.1.13",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  ecdsaWithSha384: "1.2.840.10045.4.3.3",
  ecdsaWithSha512: "1.2.840.10045.4.3.4",
} as const;

const ecdsa: ReadonlyMap<string, readonly [Hash, string]> = new Map([
  ["secp224r1", ["sha256", oid.ecdsaWithSha256]],
  ["prime256v1", ["sha256", oid.ecdsaWithSha256]],
  ["secp384r1", ["sha384", oid.ecdsaWithSha384]],
  ["secp521r1", ["sha512", oid.ecdsaWithSha512]],
]);

/** Reports whether such a key can sign certificates: RSA, and the curves that Go supports. */
export function canSign({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  return asymmetricKeyType === "rsa" || ecdsa.has(asymmetricKeyDetails?.namedCurve ?? "");
}

/**
 * The algorithms that Go's x509 package chooses for keys: SHA-256, and with larger curves the hash of the curve's size.
 */
export function signatureAlgorithm(key: KeyObject): Algorithm {
  if (key.asymmetricKeyType === "rsa") {
    // The parameters are NULL with RSA, absent with ECDSA.
    return { hash: "sha256", identifier: new AlgorithmIdentifier({ algorithm: oid.rsaWithSha256, parameters: null }) };
  }
  const [hash, algorithm] = ecdsa.get(key.asymmetricKeyDetails?.namedCurve ?? "") ?? [];
  if (hash === undefined || algorithm === undefined) {
    throw new TypeError(`cannot sign with a key of type ${key.asymmetricKeyType}`);
  }
  return { hash, identifier: new AlgorithmIdentifier({ algorithm }) };
}

/** The DER of a value, signed: SIGNED{} of X.509. */
export function writeSigned(value: object, key: KeyObject): Uint8Array {
  const { hash, identifier } = signatureAlgorithm(key);
  const content = writeAsn1(value);
  const signed = new Signed();
  signed.content = content;
  signed.algorithm = identifier;
  signed.signature = bufferOf(sign(hash, content, key));
  return writeAsn1(signed);
}

/**
 * Returns the hash of a signature algorithm; undefined for one that such a key does not use, or that Kubernetes does
 * not need.
 */
export function signatureHash(identifier: string, key: KeyObject): Hash | undefined {
  const name = Object.entries(oid).find(([, each]) => each === identifier)?.[0];
  if (name?.startsWith(key.asymmetricKeyType === "ec" ? "ecdsa" : "rsa") !== true) return undefined;
  return (["sha256", "sha384", "sha512"] as const).find((hash) => name.toLowerCase().endsWith(hash));
}

/** Copies bytes to a buffer that holds nothing else, as the ASN.1 library requires. */
export function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
