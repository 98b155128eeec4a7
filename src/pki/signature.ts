import { type KeyObject, sign } from "node:crypto";
import { derTag, writeBitString, writeDer, writeObjectIdentifier } from "./der.ts";

type Hash = "sha256" | "sha384" | "sha512";

interface Algorithm {
  readonly hash: Hash;
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

const ecdsa: Readonly<Record<string, readonly [Hash, string]>> = {
  secp224r1: ["sha256", oid.ecdsaWithSha256],
  prime256v1: ["sha256", oid.ecdsaWithSha256],
  secp384r1: ["sha384", oid.ecdsaWithSha384],
  secp521r1: ["sha512", oid.ecdsaWithSha512],
};

/** Whether certificates can be signed with such a key: RSA, and the curves that Go knows. */
export function canSign({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  return asymmetricKeyType === "rsa" || (asymmetricKeyDetails?.namedCurve ?? "") in ecdsa;
}

/** The algorithms that Go's x509 package pairs with keys: SHA-256, and the hash of the curve's size with larger curves. */
export function signatureAlgorithm(key: KeyObject): Algorithm {
  if (key.asymmetricKeyType === "rsa") {
    // The parameters are NULL with RSA, absent with ECDSA.
    const identifier = writeDer(derTag.sequence, writeObjectIdentifier(oid.rsaWithSha256), writeDer(derTag.null));
    return { hash: "sha256", identifier };
  }
  const [hash, identifier] = ecdsa[key.asymmetricKeyDetails?.namedCurve ?? ""] ?? [];
  if (hash === undefined || identifier === undefined) {
    throw new TypeError(`cannot sign with a key of type ${key.asymmetricKeyType}`);
  }
  return { hash, identifier: writeDer(derTag.sequence, writeObjectIdentifier(identifier)) };
}

/** SIGNED{} of X.509: the sequence of what is signed, the algorithm and the signature. */
export function writeSigned(content: Uint8Array, key: KeyObject): Uint8Array {
  const { hash, identifier } = signatureAlgorithm(key);
  return writeDer(derTag.sequence, content, identifier, writeBitString(new Uint8Array(sign(hash, content, key))));
}

/** The hash of a signature algorithm; undefined for one that such a key does not make, or that Kubernetes has no use for. */
export function signatureHash(identifier: string, key: KeyObject): Hash | undefined {
  const name = Object.entries(oid).find(([, each]) => each === identifier)?.[0];
  if (name?.startsWith(key.asymmetricKeyType === "ec" ? "ecdsa" : "rsa") !== true) return undefined;
  return (["sha256", "sha384", "sha512"] as const).find((hash) => name.toLowerCase().endsWith(hash));
}
