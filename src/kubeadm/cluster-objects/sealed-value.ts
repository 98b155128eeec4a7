import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/**
 * AES-256-GCM with the nonce before the ciphertext and the tag after it, without additional data (upstream:
 * util/crypto).
 */
const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** Encrypts a value; `key` has 32 bytes. */
export function seal(plain: Uint8Array, key: Uint8Array): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Thrown if a sealed value cannot be decrypted, with upstream's message. */
export class SealError extends Error {
  readonly reason: "too-short" | "wrong-key";

  constructor(reason: SealError["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Decrypts a value. Throws SealError, which does not distinguish a wrong key from a modified value. */
export function open(sealed: Uint8Array, key: Uint8Array): Uint8Array {
  if (sealed.length < nonceBytes) throw new SealError("too-short", "size of data is less than the nonce");
  const wrongKey = new SealError("wrong-key", "cipher: message authentication failed");
  if (sealed.length < nonceBytes + tagBytes) throw wrongKey;
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  const plain = decipher.update(sealed.subarray(nonceBytes, -tagBytes));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    throw wrongKey;
  }
}
