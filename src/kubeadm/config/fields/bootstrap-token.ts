import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { Secret } from "../../../errors/secret.ts";
import { goQuote } from "../../../go/quote.ts";

/** The format, as a JavaScript regular expression. */
export const bootstrapTokenForm = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
/** The format in Go's regular expression syntax, for messages. */
export const tokenFormInGo = "\\A([a-z0-9]{6})\\.([a-z0-9]{16})\\z";

/** `id.secret`: the ID identifies the token and is public, the secret is not. */
export interface BootstrapToken {
  readonly id: string;
  readonly secret: Secret;
}

// In JavaScript, `$` without the m flag matches only at the very end, as Go's \z does.
export function isBootstrapToken(text: string): boolean {
  return bootstrapTokenForm.test(text);
}

/**
 * Splits a token. The error shows the malformed text, as upstream's does, but only up to the dot: the text may be a
 * real token with one mistyped character.
 */
export function parseBootstrapToken(text: string | Secret): BootstrapToken {
  const revealed = typeof text === "string" ? text : text.reveal();
  const [, id, secret] = bootstrapTokenForm.exec(revealed) ?? [];
  if (id === undefined || secret === undefined) {
    throw new KubeadmError("CONFIG_INVALID", malformedToken(revealed), {
      remedy:
        "A token is six characters, a dot and sixteen characters, all of them a-z or 0-9. `kubeadm token generate` prints one.",
    });
  }
  return { id, secret: new Secret(secret) };
}

/** Returns upstream's message for a malformed token. */
export function malformedToken(text: string): string {
  return `the bootstrap token ${goQuote(shownToken(text))} was not of the form ${goQuote(tokenFormInGo)}`;
}

/** Returns a malformed token for use in messages: unchanged if short, else without what may be most of a secret. */
export function shownToken(text: string): string {
  const dot = text.indexOf(".");
  if (dot === -1) return text.length > 12 ? "[redacted]" : text;
  return text.length - dot > 12 ? `${text.slice(0, dot).slice(0, 12)}.[redacted]` : text;
}

/** Defaults of a bootstrap token. */
export const defaultTokenTtlMs = 24 * 3_600_000;
export const tokenUsages = ["signing", "authentication"] as const;
export const defaultTokenGroup = "system:bootstrappers:kubeadm:default-node-token";
