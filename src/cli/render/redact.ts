import { maskSecrets, maskValue } from "../../errors/mask-secrets.ts";
import type { Secret } from "../../errors/secret.ts";

/** Masks secrets in a text. */
export type Redact = (text: string) => string;

/** JSON whose texts are masked one by one, those of a list together: what is masked never ends a text of JSON too early. */
export function redactedJson(value: unknown, redact: Redact): string {
  return JSON.stringify(maskValue(value), (_, item: unknown) => (typeof item === "string" ? redact(item) : item));
}

/** Shorter values may be ordinary words, and are too short to be valid secrets. */
const shortestSecret = 8;

/**
 * Returns a function that masks secrets in text: whatever has the form of a secret, and the values of the command line.
 * Events and errors contain no secrets; all that is printed of them is masked nevertheless.
 */
export function redactor(secrets: readonly Secret[]): Redact {
  const values = secrets.map((secret) => secret.reveal()).filter((value) => value.length >= shortestSecret);
  return (text) => values.reduce((masked, value) => masked.replaceAll(value, "[redacted]"), maskSecrets(text));
}
