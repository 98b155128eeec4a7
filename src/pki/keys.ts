import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { KubeadmError } from "../errors/kubeadm-error.ts";
import { isForeignMlDsaForm, mlDsaIdentifier, mlDsaPrivateKeyPem } from "./ml-dsa.ts";

/** The names of `encryptionAlgorithm` in kubeadm's ClusterConfiguration; which of them it takes depends on its release. */
export type KeyAlgorithm =
  | "RSA-2048"
  | "RSA-3072"
  | "RSA-4096"
  | "ECDSA-P256"
  | "ECDSA-P384"
  | "ML-DSA-44"
  | "ML-DSA-65"
  | "ML-DSA-87";

/** A private key and its public key. */
export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** The callback of node:crypto; `promisify` of node:util would cost a worker's join 1 MB. */
type KeysCallback = (error: Error | null, publicKey: KeyObject, privateKey: KeyObject) => void;

function generated(start: (callback: KeysCallback) => void): Promise<KeyPair> {
  return new Promise((resolve, reject) => {
    start((error, publicKey, privateKey) => (error === null ? resolve({ publicKey, privateKey }) : reject(error)));
  });
}

/** A new key pair. node:crypto generates RSA keys: it runs off the main thread and is the fastest here. */
export async function generateKeys(algorithm: KeyAlgorithm): Promise<KeyPair> {
  switch (algorithm) {
    case "RSA-2048":
    case "RSA-3072":
    case "RSA-4096":
      return generated((callback) =>
        generateKeyPair(
          "rsa",
          { modulusLength: Number(algorithm.slice("RSA-".length)), publicExponent: 0x10001 },
          callback,
        ),
      );
    case "ECDSA-P256":
      return generated((callback) => generateKeyPair("ec", { namedCurve: "prime256v1" }, callback));
    case "ECDSA-P384":
      return generated((callback) => generateKeyPair("ec", { namedCurve: "secp384r1" }, callback));
    case "ML-DSA-44":
    case "ML-DSA-65":
    case "ML-DSA-87":
      return generateMlDsaKeys(algorithm);
  }
}

type MlDsaAlgorithm = KeyAlgorithm & `ML-DSA-${string}`;

/**
 * A new key pair of a type of node:crypto. Throws KEY_ALGORITHM_UNSUPPORTED if the runtime does not have it: Node.js before
 * 24.6, or with an OpenSSL before 3.5.
 */
export async function generateMlDsaKeys(
  algorithm: MlDsaAlgorithm,
  type = algorithm.toLowerCase() as Lowercase<MlDsaAlgorithm>,
): Promise<KeyPair> {
  try {
    return await generated((callback) => generateKeyPair(type, {}, callback));
  } catch (error) {
    const message = `${algorithm} keys cannot be created: the cryptographic library of this program does not support them`;
    throw new KubeadmError("KEY_ALGORITHM_UNSUPPORTED", message, { cause: error, details: { algorithm } });
  }
}

/**
 * PEM as kubeadm writes private keys: `RSA PRIVATE KEY` (PKCS#1), `EC PRIVATE KEY` (SEC 1), or `PRIVATE KEY` (PKCS #8) of
 * ML-DSA.
 */
export function privateKeyPem(key: KeyObject): string {
  const mlDsa = mlDsaIdentifier(key);
  if (mlDsa !== undefined) return mlDsaPrivateKeyPem(key, mlDsa);
  const type = key.asymmetricKeyType === "ec" ? "sec1" : "pkcs1";
  return key.export({ format: "pem", type }).toString();
}

/**
 * Returns the key pair of a private key in any PEM form that node:crypto reads, except ML-DSA keys whose form only OpenSSL
 * reads: Kubernetes' components would reject them.
 */
export function keyPairFromPem(pem: string): KeyPair {
  const privateKey = createPrivateKey(pem);
  if (mlDsaIdentifier(privateKey) !== undefined && isForeignMlDsaForm(pem)) {
    throw new TypeError("the ML-DSA key is not in the form with the seed alone");
  }
  return { privateKey, publicKey: createPublicKey(privateKey) };
}
