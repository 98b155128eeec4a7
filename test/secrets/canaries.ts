// Secrets that are easy to find again, wherever they come out.
import { generateKeys, privateKeyPem } from "../../src/pki/keys.ts";

export const tokenId = "canary";
export const tokenSecret = "c4narytokensecre";
export const token = `${tokenId}.${tokenSecret}`;
/** --certificate-key: 32 bytes in hexadecimal. */
export const certificateKey = "c0ffee".repeat(10).padEnd(64, "d");
/** A bearer token of no special form. */
export const bearer = "Canary/Bearer+of-no-form==";
/** What an exec plugin prints. */
export const pluginToken = "canary-of-the-exec-plugin";

/** Lines of a private key that only it has, as PEM and inside the base64 of a kubeconfig's …-data. */
export async function keyCanary(): Promise<{ readonly pem: string; readonly traces: readonly string[] }> {
  const pem = privateKeyPem((await generateKeys("ECDSA-P256")).privateKey);
  const [, first = "", second = ""] = pem.split("\n");
  return { pem, traces: [first, second, Buffer.from(pem).toString("base64").slice(40, 120)] };
}

/** Which of the secrets are in the text. */
export function canariesIn(text: string, more: readonly string[] = []): readonly string[] {
  return [tokenSecret, certificateKey, bearer, pluginToken, ...more].filter((canary) => text.includes(canary));
}
