import { Secret } from "../../errors/secret.ts";
import type { BootstrapToken } from "../config/fields/bootstrap-token.ts";

const characters = "abcdefghijklmnopqrstuvwxyz0123456789";
/**
 * The largest multiple of 36 in a byte: larger bytes are dropped, because they would make some characters more likely.
 */
const unbiased = 252;

/** Returns a new token from the system's random numbers. */
export function generateToken(): BootstrapToken {
  return { id: randomText(6), secret: new Secret(randomText(16)) };
}

function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < unbiased && text.length < length) text += characters[byte % characters.length];
    }
  }
  return text;
}

/** Returns the whole token, `id.secret`. */
export function tokenText({ id, secret }: BootstrapToken): Secret {
  return new Secret(`${id}.${secret.reveal()}`);
}
