import { type KeyObject, sign } from "node:crypto";
import { derTag, writeBitString, writeDer, writeObjectIdentifier } from "./der.ts";

interface Algorithm {
  readonly hash: "sha256" | "sha384" | "sha512";
  readonly identifier: Uint8Array;
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

/** The parameters are NULL with RSA, absent with ECDSA. */
const rsa: Algorithm = {
  hash: "sha256",
  identifier: writeDer(derTag.sequence, writeObjectIdentifier(oid.rsaWithSha256), writeDer(derTag.null)),
};
const ecdsa: Readonly<Record<string, Algorithm>> = {
  prime256v1: ecdsaWith("sha256", oid.ecdsaWithSha256),
  secp384r1: ecdsaWith("sha384", oid.ecdsaWithSha384),
  secp521r1: ecdsaWith("sha512", oid.ecdsaWithSha512),
};

function ecdsaWith(hash: Algorithm["hash"], identifier: string): Algorithm {
  return { hash, identifier: writeDer(derTag.sequence, writeObjectIdentifier(identifier)) };
}

/** The algorithms that Go's x509 package pairs with keys: SHA-256, and the hash of the curve's size with larger curves. */
export function signatureAlgorithm(key: KeyObject): Algorithm {
  if (key.asymmetricKeyType === "rsa") return rsa;
  const algorithm = ecdsa[key.asymmetricKeyDetails?.namedCurve ?? ""];
  if (algorithm === undefined) throw new TypeError(`cannot sign with a key of type ${key.asymmetricKeyType}`);
  return algorithm;
}

/** SIGNED{} of X.509: the sequence of what is signed, the algorithm and the signature. */
export function writeSigned(content: Uint8Array, key: KeyObject): Uint8Array {
  const { hash, identifier } = signatureAlgorithm(key);
  return writeDer(derTag.sequence, content, identifier, writeBitString(new Uint8Array(sign(hash, content, key))));
}

/** The hash of a signature algorithm; undefined for one that such a key does not make, or that Kubernetes has no use for. */
export function signatureHash(identifier: string, key: KeyObject): Algorithm["hash"] | undefined {
  const name = Object.entries(oid).find(([, each]) => each === identifier)?.[0];
  if (name?.startsWith(key.asymmetricKeyType === "ec" ? "ecdsa" : "rsa") !== true) return undefined;
  return (["sha256", "sha384", "sha512"] as const).find((hash) => name.toLowerCase().endsWith(hash));
}
