import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { Secret } from "../../../errors/secret.ts";
import { goQuote } from "../../../go/quote.ts";

const tokenForm = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
/** The form as Go writes it: it stands in messages. */
export const tokenFormInGo = "\\A([a-z0-9]{6})\\.([a-z0-9]{16})\\z";

/** `id.secret`: the id names the token and is public, the secret is not. */
export interface BootstrapToken {
  readonly id: string;
  readonly secret: Secret;
}

// In JavaScript `$` without the m flag matches only at the very end, as Go's \z does.
export function isBootstrapToken(text: string): boolean {
  return tokenForm.test(text);
}

/**
 * Splits a token. The message of the error holds the text that is no token, as upstream's does: what has the form of
 * no token is no secret, but a token with one character mistyped nearly is, so only what precedes the dot is shown.
 */
export function parseBootstrapToken(text: string | Secret): BootstrapToken {
  const revealed = typeof text === "string" ? text : text.reveal();
  const [, id, secret] = tokenForm.exec(revealed) ?? [];
  if (id === undefined || secret === undefined) {
    throw new KubeadmError("CONFIG_INVALID", malformedToken(revealed));
  }
  return { id, secret: new Secret(secret) };
}

/** Upstream's words for a text that is no token. */
export function malformedToken(text: string): string {
  return `the bootstrap token ${goQuote(shownToken(text))} was not of the form ${goQuote(tokenFormInGo)}`;
}

/** A malformed token as messages show it: as it is when short, else without what may be most of a secret. */
export function shownToken(text: string): string {
  const dot = text.indexOf(".");
  if (dot === -1) return text.length > 12 ? "[redacted]" : text;
  return text.length - dot > 12 ? `${text.slice(0, dot).slice(0, 12)}.[redacted]` : text;
}

/** What a bootstrap token is like where nothing else is said. */
export const defaultTokenTtlMs = 24 * 3_600_000;
export const tokenUsages = ["signing", "authentication"] as const;
export const defaultTokenGroup = "system:bootstrappers:kubeadm:default-node-token";
