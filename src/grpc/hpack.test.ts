import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeHeaders, hpackDecoder } from "./hpack.ts";

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(" ", "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

describe("header compression", () => {
  it("decodes the answers of RFC 7541 C.6, which are Huffman-coded and evict entries", () => {
    const decode = hpackDecoder();
    // The example's table holds 256 bytes.
    decode(bytes("3f e1 01"));
    const first = decode(
      bytes(
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
      ),
    );
    expect(Object.fromEntries(first)).toEqual({
      ":status": "302",
      "cache-control": "private",
      date: "Mon, 21 Oct 2013 20:13:21 GMT",
      location: "https://www.example.com",
    });
    expect(Object.fromEntries(decode(bytes("4883 640e ffc1 c0bf")))).toEqual({
      ":status": "307",
      "cache-control": "private",
      date: "Mon, 21 Oct 2013 20:13:21 GMT",
      location: "https://www.example.com",
    });
    const third = decode(
      bytes(
        "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
      ),
    );
    expect(third.get(":status")).toBe("200");
    expect(third.get("set-cookie")).toBe("foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
  });

  it("decodes what it encodes", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 300 });
    fc.assert(
      fc.property(fc.dictionary(text, text), (headers) => {
        const fields = Object.entries(headers);
        expect([...hpackDecoder()(encodeHeaders(fields))]).toEqual(fields);
      }),
    );
  });

  it("reads any bytes or says what is wrong with them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (block) => {
        try {
          expect(hpackDecoder()(block)).toBeInstanceOf(Map);
        } catch (error) {
          expect(error).toHaveProperty("name", "HpackError");
        }
      }),
    );
  });
});
