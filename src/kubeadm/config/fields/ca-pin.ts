import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";
import { unicodeName } from "../../../go/rune.ts";

const known = "Known format(s) are: sha256";

/**
 * Parses the pin `sha256:<64 hexadecimal digits>` of a CA's public key (DER SubjectPublicKeyInfo) and returns it in
 * lower case. Throws DISCOVERY_CA_PIN_INVALID with upstream's message.
 */
export function parseCaPin(text: string): string {
  const [type = "", value, ...more] = text.split(":");
  if (value === undefined || more.length > 0)
    throw invalid(`invalid hash, expected "format:hex-value". ${known}`, text);
  if (type.toLowerCase() !== "sha256") throw invalid(`unknown hash format ${goQuote(type)}. ${known}`, text);
  return `sha256:${parseSha256(value, text)}`;
}

function parseSha256(value: string, text: string): string {
  // Go counts bytes, not characters.
  const bytes = Math.floor(utf8Length(value) / 2);
  if (bytes !== 32) {
    throw invalid(`invalid hash ${goQuote(text)}, expected a 32 byte SHA-256 hash, found ${bytes} bytes`, text);
  }
  const wrong = firstWrongDigit(value);
  if (wrong !== undefined) {
    const reason = `encoding/hex: invalid byte: ${unicodeName(String.fromCharCode(wrong))}`;
    throw invalid(`invalid hash ${goQuote(text)}, could not decode SHA-256 from hex: ${reason}`, text);
  }
  if (value.length % 2 === 1) {
    const reason = "encoding/hex: odd length hex string";
    throw invalid(`invalid hash ${goQuote(text)}, could not decode SHA-256 from hex: ${reason}`, text);
  }
  return value.toLowerCase();
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Returns the first byte that is not a hexadecimal digit. */
export function firstWrongDigit(text: string): number | undefined {
  return new TextEncoder().encode(text).find((byte) => !/[0-9a-fA-F]/.test(String.fromCharCode(byte)));
}

function invalid(message: string, pin: string): KubeadmError {
  return new KubeadmError("DISCOVERY_CA_PIN_INVALID", message, { details: { pin } });
}
