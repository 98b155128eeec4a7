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

/** `https://user:password@`; everything up to the last @ before the path is the password. */
const urlPassword = /(:\/\/[^\s/?#@:"]{0,128}):[^\s/?#"]{1,512}@/g;
const tokenPattern = /\b([a-z0-9]{6})\.([a-z0-9]{16})\b/g;
/** The first and the last line of a private key. Bounded, so that no text makes a search in it longer than the text. */
const privateKeyEdge = /-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY-----/g;
/** The beginning of a key's body; line breaks may stand there as `\n`. */
const keyBody = /^(?:\s|\\[nr]){0,8}[A-Za-z0-9+/=]{16}/;

/**
 * Text from outside (a file, a server's answer, a child's output) with what looks like a bootstrap token's secret half, a
 * password in a URL or a PEM private key masked, also one that is cut off. The token's id stays: it is public and names the token to look for.
 * Takes time in proportion to the text.
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
