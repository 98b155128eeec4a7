import { maskSecrets, type Secret } from "../../errors/secret.ts";

export type Redact = (text: string) => string;

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
