import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DerError, derTag, readDer, writeDer, writeObjectIdentifier } from "./der.ts";

describe("DER", () => {
  it("reads back whatever it writes, at every length form", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70_000 }), { maxLength: 3 }), (contents) => {
        const written = contents.map((content) => writeDer(derTag.bitString, content));
        const joined = Uint8Array.from(Buffer.concat(written));
        expect(readDer(joined).map(({ content }) => Buffer.from(content).toString("hex"))).toEqual(
          contents.map((content) => Buffer.from(content).toString("hex")),
        );
      }),
      { numRuns: 30 },
    );
  });

  it("never reads beyond its input and throws nothing but DerError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          const total = readDer(bytes).reduce((sum, { whole }) => sum + whole.length, 0);
          expect(total).toBe(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(DerError);
        }
      }),
    );
  });

  it.each([
    ["2.5.4.3", "0603550403"],
    ["1.2.840.10045.4.3.2", "06082a8648ce3d040302"],
    ["1.3.6.1.4.1.311.21.20", "06092b060104018237" + "1514"],
  ])("writes the object identifier %s as OpenSSL does", (dotted, hex) => {
    expect(Buffer.from(writeObjectIdentifier(dotted)).toString("hex")).toBe(hex);
  });
});
