const redacted = "[redacted]";

/**
 * A value that must not be printed: tokens, keys, certificate keys. Every way of turning it into text by accident gives
 * "[redacted]"; `reveal` is the one deliberate way, and the one word to search for in a review.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return redacted;
  }
}

const tokenPattern = /\b([a-z0-9]{6})\.([a-z0-9]{16})\b/g;
const privateKeyPattern = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/g;

/**
 * Text from outside (a file, a server's answer, a child's output) with what looks like a bootstrap token's secret half or
 * a PEM private key masked. The token's id stays: it is public and names the token to look for.
 */
export function maskSecrets(text: string): string {
  return text.replace(tokenPattern, `$1.${redacted}`).replace(privateKeyPattern, redacted);
}
