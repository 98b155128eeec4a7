import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { open, SealError, seal } from "./sealed-value.ts";

const key = () => fc.uint8Array({ minLength: 32, maxLength: 32 });
const content = () => fc.uint8Array({ maxLength: 3000 });

describe("a sealed value", () => {
  it("opens with the key that sealed it", () => {
    fc.assert(
      fc.property(content(), key(), (plain, secret) => {
        expect(new Uint8Array(open(seal(plain, secret), secret))).toEqual(plain);
      }),
    );
  });

  it("is a nonce of 12 bytes, the ciphertext, and a tag of 16 bytes: WebCrypto opens it as such", async () => {
    const secret = new Uint8Array(32).fill(7);
    const sealed = seal(new TextEncoder().encode("-----BEGIN"), secret);
    expect(sealed).toHaveLength(12 + 10 + 16);
    const imported = await crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["decrypt"]);
    const algorithm = { name: "AES-GCM", iv: new Uint8Array(sealed.subarray(0, 12)) };
    const opened = await crypto.subtle.decrypt(algorithm, imported, new Uint8Array(sealed.subarray(12)));
    expect(new TextDecoder().decode(opened)).toBe("-----BEGIN");
  });

  it("never has the same bytes twice", () => {
    const secret = new Uint8Array(32);
    expect(seal(new Uint8Array(4), secret)).not.toEqual(seal(new Uint8Array(4), secret));
  });

  it("does not open once any bit of it or of the key is another", () => {
    fc.assert(
      fc.property(content(), key(), fc.nat(), fc.integer({ min: 0, max: 7 }), (plain, secret, place, bit) => {
        const sealed = seal(plain, secret);
        expect(() => open(flipped(sealed, place % sealed.length, bit), secret)).toThrow(
          "cipher: message authentication failed",
        );
        expect(() => open(sealed, flipped(secret, place % 32, bit))).toThrow("cipher: message authentication failed");
      }),
    );
  });

  it.each([
    [0, "size of data is less than the nonce"],
    [11, "size of data is less than the nonce"],
    [12, "cipher: message authentication failed"],
    [27, "cipher: message authentication failed"],
  ])("of %i bytes is refused", (length, message) => {
    expect(() => open(new Uint8Array(length), new Uint8Array(32))).toThrow(message);
    expect(() => open(new Uint8Array(length), new Uint8Array(32))).toThrow(SealError);
  });
});

function flipped(bytes: Uint8Array, place: number, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[place] = (changed[place] ?? 0) ^ (1 << bit);
  return changed;
}
