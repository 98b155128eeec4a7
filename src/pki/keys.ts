import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";

/** Names as in `encryptionAlgorithm` of kubeadm's ClusterConfiguration. */
export type KeyAlgorithm = "RSA-2048" | "RSA-3072" | "RSA-4096" | "ECDSA-P256" | "ECDSA-P384";

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const generate = promisify(generateKeyPair);

/** A new key pair. RSA keys are made by node:crypto, whose generator runs off the main thread and is the fastest here. */
export async function generateKeys(algorithm: KeyAlgorithm): Promise<KeyPair> {
  switch (algorithm) {
    case "RSA-2048":
    case "RSA-3072":
    case "RSA-4096":
      return generate("rsa", { modulusLength: Number(algorithm.slice("RSA-".length)), publicExponent: 0x10001 });
    case "ECDSA-P256":
      return generate("ec", { namedCurve: "prime256v1" });
    case "ECDSA-P384":
      return generate("ec", { namedCurve: "secp384r1" });
  }
}

/** PEM as kubeadm writes private keys: `RSA PRIVATE KEY` (PKCS#1) or `EC PRIVATE KEY` (SEC 1). */
export function privateKeyPem(key: KeyObject): string {
  const type = key.asymmetricKeyType === "ec" ? "sec1" : "pkcs1";
  return key.export({ format: "pem", type }).toString();
}

/** The key pair of a private key in any PEM form that node:crypto reads. */
export function keyPairFromPem(pem: string): KeyPair {
  const privateKey = createPrivateKey(pem);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}
