import { maskSecrets, type Secret } from "../../errors/secret.ts";

export type Redact = (text: string) => string;

/** Shorter values are words that may stand anywhere, and no secret that works. */
const shortestSecret = 8;

/**
 * The second line of defense: events and errors hold no secrets, and what is printed of them passes through here all the
 * same. Masks what looks like a secret, and the very values that the command line gave.
 */
export function redactor(secrets: readonly Secret[]): Redact {
  const values = secrets.map((secret) => secret.reveal()).filter((value) => value.length >= shortestSecret);
  return (text) => values.reduce((masked, value) => masked.replaceAll(value, "[redacted]"), maskSecrets(text));
}
