/** Stands in the place of a secret. */
export const redacted = "[redacted]";

/**
 * A value that must not be printed: a token, a private key, a certificate key. Conversion to text or JSON gives
 * "[redacted]". Only `reveal` returns the value.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** Returns the value. */
  reveal(): string {
    return this.#value;
  }

  /** Returns "[redacted]". */
  toString(): string {
    return redacted;
  }

  /** Returns "[redacted]". */
  toJSON(): string {
    return redacted;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return redacted;
  }
}
