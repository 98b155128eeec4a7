import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";

/** The names of `encryptionAlgorithm` in kubeadm's ClusterConfiguration. */
export type KeyAlgorithm = "RSA-2048" | "RSA-3072" | "RSA-4096" | "ECDSA-P256" | "ECDSA-P384";

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
  }
}

/** PEM as kubeadm writes private keys: `RSA PRIVATE KEY` (PKCS#1) or `EC PRIVATE KEY` (SEC 1). */
export function privateKeyPem(key: KeyObject): string {
  const type = key.asymmetricKeyType === "ec" ? "sec1" : "pkcs1";
  return key.export({ format: "pem", type }).toString();
}

/** Returns the key pair of a private key in any PEM form that node:crypto reads. */
export function keyPairFromPem(pem: string): KeyPair {
  const privateKey = createPrivateKey(pem);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}
