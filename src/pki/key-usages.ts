import type { KeyObject } from "node:crypto";
import type { KeyUsage } from "./certificate-extensions.ts";

/**
 * Returns the usages of a key in certificates: digitalSignature, and keyEncipherment with RSA. With ECDSA, releases before
 * 1.38 add it too, although such keys cannot encipher.
 */
export function usagesOf(
  { asymmetricKeyType }: KeyObject,
  { ecdsaEnciphers = true }: { readonly ecdsaEnciphers?: boolean } = {},
): readonly KeyUsage[] {
  const enciphers = asymmetricKeyType === "rsa" || (asymmetricKeyType === "ec" && ecdsaEnciphers);
  return enciphers ? ["digital signature", "key encipherment"] : ["digital signature"];
}
