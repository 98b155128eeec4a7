import { goQuote } from "../../../go/quote.ts";
import type { KeyAlgorithm } from "../../../pki/keys.ts";

/** Values of encryptionAlgorithm (kubeadm's API of 1.37: EncryptionAlgorithmType). */
export const encryptionAlgorithms = [
  "ECDSA-P256",
  "ECDSA-P384",
  "RSA-2048",
  "RSA-3072",
  "RSA-4096",
] as const satisfies readonly KeyAlgorithm[];

/** Returns upstream's words for any other value. */
export function unknownAlgorithm(value: string): string {
  return `Invalid encryption algorithm ${goQuote(value)}. Must be one of [${encryptionAlgorithms.join(" ")}]`;
}
