const redacted = "[redacted]";

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

/** `https://user:password@`; everything up to the last @ before the path is the password. */
const urlPassword = /(:\/\/[^\s/?#@:"]{0,128}):[^\s/?#"]{1,512}@/g;
const tokenPattern = /\b([a-z0-9]{6})\.([a-z0-9]{16})\b/g;
/** The first and the last line of a private key. The pattern is bounded, so that a search takes linear time. */
const privateKeyEdge = /-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY-----/g;
/** The beginning of a key's body; its line breaks may be written as `\n`. */
const keyBody = /^(?:\s|\\[nr]){0,8}[A-Za-z0-9+/=]{16}/;

/**
 * Returns foreign text (a file, a server's answer, a child's output) in which these are masked: the secret half of a
 * bootstrap token, a password in a URL, and a PEM private key, also an incomplete one. The token's ID stays: it is public,
 * and identifies the token. Takes linear time.
 */
export function maskSecrets(text: string): string {
  return withoutPrivateKeys(text.replace(urlPassword, "$1:xxxxx@").replace(tokenPattern, `$1.${redacted}`));
}

function withoutPrivateKeys(text: string): string {
  if (!text.includes("PRIVATE KEY-----")) return text;
  let masked = "";
  let done = 0;
  let begin: RegExpExecArray | undefined;
  for (const edge of text.matchAll(privateKeyEdge)) {
    if (edge[1] === "BEGIN") begin ??= edge;
    else if (begin !== undefined) {
      masked += text.slice(done, begin.index) + redacted;
      done = edge.index + edge[0].length;
      begin = undefined;
    }
  }
  if (begin === undefined) return masked + text.slice(done);
  const bodyAt = begin.index + begin[0].length;
  const isCutOff = keyBody.test(text.slice(bodyAt, bodyAt + 64));
  return masked + (isCutOff ? text.slice(done, begin.index) + redacted : text.slice(done));
}
