import { Secret } from "../../errors/secret.ts";
import type { BootstrapToken } from "../config/fields/bootstrap-token.ts";

const characters = "abcdefghijklmnopqrstuvwxyz0123456789";
/** The largest multiple of 36 in a byte: bytes from here on would make some characters likelier than others. */
const unbiased = 252;

/** A new token, from the system's random numbers. */
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

/** `id.secret`: the whole token, where it is meant to be read. */
export function tokenText({ id, secret }: BootstrapToken): Secret {
  return new Secret(`${id}.${secret.reveal()}`);
}
