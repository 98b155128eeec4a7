import { createHmac, timingSafeEqual } from "node:crypto";
import type { BootstrapToken } from "../config/fields/bootstrap-token.ts";

/** Prefix of the keys in cluster-info that hold a signature; the token ID follows. */
export const signatureKeyPrefix = "jws-kubeconfig-";

/**
 * Returns the detached JWS (RFC 7515, appendix F) that the bootstrap signer stores next to the kubeconfig: HS256 with
 * the token's secret half as key, `<header>..<signature>`.
 */
export function signClusterInfo(kubeconfig: string, token: BootstrapToken): string {
  const header = base64url(JSON.stringify({ alg: "HS256", kid: token.id }));
  const signature = createHmac("sha256", token.secret.reveal())
    .update(`${header}.${base64url(kubeconfig)}`)
    .digest();
  return `${header}..${signature.toString("base64url")}`;
}

/** Returns the signatures of all the tokens, by their keys in cluster-info. */
export function clusterInfoSignatures(
  kubeconfig: string,
  tokens: readonly BootstrapToken[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    tokens.map((token) => [signatureKeyPrefix + token.id, signClusterInfo(kubeconfig, token)] as const),
  );
}

/** Reports whether the signature is the token's. Compares the whole string, header included, as upstream does. */
export function isSignedBy(kubeconfig: string, signature: string, token: BootstrapToken): boolean {
  const expected = Buffer.from(signClusterInfo(kubeconfig, token));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}
