import { type KeyObject, sign, verify } from "node:crypto";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";
import { writeAsn1 } from "./asn1.ts";
import { Signed } from "./certificate-schema.ts";
import { mlDsaIdentifier, mlDsaIdentifiers, mlDsaName } from "./ml-dsa.ts";

type Hash = "sha256" | "sha384" | "sha512";

interface Algorithm {
  /** Null if the algorithm includes it. */
  readonly hash: Hash | null;
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

/** RFC 8410, 3 */
const ed25519 = "1.3.101.112";

/** RFC 8017, RFC 5758, RFC 8410 and RFC 9881; weaker algorithms, above all SHA-1, do not count as signatures. */
export const strongSignatures: ReadonlySet<string> = new Set([
  ...Object.values(oid),
  "1.2.840.113549.1.1.10",
  ed25519,
  ...mlDsaIdentifiers,
]);

const ecdsa: ReadonlyMap<string, readonly [Hash, string]> = new Map([
  ["secp224r1", ["sha256", oid.ecdsaWithSha256]],
  ["prime256v1", ["sha256", oid.ecdsaWithSha256]],
  ["secp384r1", ["sha384", oid.ecdsaWithSha384]],
  ["secp521r1", ["sha512", oid.ecdsaWithSha512]],
]);

/** Reports whether such a key can sign certificates: RSA, the curves that Go supports, and ML-DSA. */
export function canSign(key: KeyObject): boolean {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (asymmetricKeyType === "rsa" || mlDsaIdentifier(key) !== undefined) return true;
  return ecdsa.has(asymmetricKeyDetails?.namedCurve ?? "");
}

/**
 * The algorithms that Go's x509 package chooses for keys: SHA-256, and with larger curves the hash of the curve's size.
 */
export function signatureAlgorithm(key: KeyObject): Algorithm {
  if (key.asymmetricKeyType === "rsa") {
    // The parameters are NULL with RSA, absent with ECDSA.
    return { hash: "sha256", identifier: new AlgorithmIdentifier({ algorithm: oid.rsaWithSha256, parameters: null }) };
  }
  const mlDsa = mlDsaIdentifier(key);
  if (mlDsa !== undefined) return { hash: null, identifier: new AlgorithmIdentifier({ algorithm: mlDsa }) };
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
 * Reports whether the key signed the content by this algorithm. False for an algorithm that such a key does not use, or
 * that Kubernetes does not need.
 */
export function isSignedWith(
  key: KeyObject,
  {
    identifier,
    content,
    signature,
  }: Readonly<Record<"content" | "signature", Uint8Array>> & { readonly identifier: string },
): boolean {
  const hash = mlDsaIdentifier(key) === identifier ? null : signatureHash(identifier, key);
  return hash !== undefined && verify(hash, content, key, signature);
}

function signatureHash(identifier: string, key: KeyObject): Hash | undefined {
  const name = Object.entries(oid).find(([, each]) => each === identifier)?.[0];
  if (name?.startsWith(key.asymmetricKeyType === "ec" ? "ecdsa" : "rsa") !== true) return undefined;
  return (["sha256", "sha384", "sha512"] as const).find((hash) => name.toLowerCase().endsWith(hash));
}

/** The types of keys in node:crypto, with the names of Go's packages for them. */
const goNames: ReadonlyMap<string, { readonly kind: string; readonly type: string }> = new Map([
  ["rsa", { kind: "RSA", type: "*rsa.PublicKey" }],
  ["ec", { kind: "ECDSA", type: "*ecdsa.PublicKey" }],
  ["ed25519", { kind: "Ed25519", type: "ed25519.PublicKey" }],
  ["ml-dsa-44", { kind: "ML-DSA", type: "*mldsa.PublicKey" }],
  ["ml-dsa-65", { kind: "ML-DSA", type: "*mldsa.PublicKey" }],
  ["ml-dsa-87", { kind: "ML-DSA", type: "*mldsa.PublicKey" }],
]);

/** Returns why a signature by this algorithm is not that of the key, in Go's words (crypto/x509 and its packages). */
export function signatureProblem(identifier: string, key: KeyObject | undefined): string {
  const mlDsa = mlDsaName(identifier);
  const kind = mlDsa === undefined ? kindOf(identifier) : "ML-DSA";
  const asymmetricKeyType = key?.asymmetricKeyType ?? "";
  const found = goNames.get(asymmetricKeyType);
  if (found?.kind !== kind) {
    return `x509: signature algorithm specifies an ${kind} public key, but have public key of type ${found?.type ?? "<nil>"}`;
  }
  if (mlDsa !== undefined && mlDsa !== asymmetricKeyType) {
    const [specified, own] = [mlDsa.toUpperCase(), asymmetricKeyType.toUpperCase()];
    return `x509: signature algorithm specifies an ML-DSA public key with ${specified} parameters, but have a public key with ${own} parameters`;
  }
  if (mlDsa !== undefined) return "x509: ML-DSA verification failure: mldsa: invalid signature";
  return kind === "RSA" ? "crypto/rsa: verification error" : `x509: ${kind} verification failure`;
}

function kindOf(identifier: string): string {
  if (identifier === ed25519) return "Ed25519";
  return identifier.startsWith("1.2.840.10045.") ? "ECDSA" : "RSA";
}

/** Copies bytes to a buffer that holds nothing else, as the ASN.1 library requires. */
export function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
