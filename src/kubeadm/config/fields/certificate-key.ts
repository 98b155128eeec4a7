import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { Secret } from "../../../errors/secret.ts";
import { unicodeName } from "../../../go/rune.ts";
import { type FieldError, invalidValue } from "../documents/field-error.ts";
import { firstWrongDigit } from "./ca-pin.ts";

/**
 * The key of kubeadm-certs must be an AES-256 key in hexadecimal digits. Errors redact the value: it may be a mistyped
 * key.
 */
export function validateCertificateKey(key: Secret | undefined, path: string): readonly FieldError[] {
  const text = key?.reveal() ?? "";
  if (text === "") return [];
  const problem = certificateKeyProblem(text);
  // A short value cannot be most of a key.
  return problem === undefined ? [] : [invalidValue(path, text.length > 16 ? "[redacted]" : text, problem)];
}

function certificateKeyProblem(text: string): string | undefined {
  const wrong = firstWrongDigit(text);
  if (wrong !== undefined)
    return `certificate key decoding error: encoding/hex: invalid byte: ${unicodeName(String.fromCharCode(wrong))}`;
  if (text.length % 2 === 1) return "certificate key decoding error: encoding/hex: odd length hex string";
  const size = text.length / 2;
  if (size === 32) return undefined;
  return `invalid certificate key size ${size}, the key must be an AES key of size 32`;
}

/** Returns a new key: 32 random bytes in hexadecimal digits. */
export function generateCertificateKey(): Secret {
  return new Secret(Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex"));
}

/** Returns the 32 bytes of a key; throws CONFIG_INVALID for an invalid one. */
export function certificateKeyBytes(key: Secret): Uint8Array {
  const problem = certificateKeyProblem(key.reveal());
  if (problem !== undefined) throw new KubeadmError("CONFIG_INVALID", `error decoding certificate key: ${problem}`);
  return Buffer.from(key.reveal(), "hex");
}
