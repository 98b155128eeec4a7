import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bool, bytes, field, int32, int64, message, optional, repeated, string, uint32, uint64 } from "./message.ts";

const Inner = message({ text: field(1, string), number: field(2, int32) });
const Outer = message({
  flag: field(1, bool),
  count: field(2, uint32),
  signed: field(3, int64),
  id: field(4, uint64),
  blob: field(5, bytes),
  inner: optional(6, Inner),
  names: repeated(7, string),
  inners: repeated(20, Inner),
});

const int32s = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const inners = fc.record({ text: fc.string({ unit: "grapheme" }), number: int32s }, { noNullPrototype: true });
const outers = fc.record(
  {
    flag: fc.boolean(),
    count: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    signed: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    blob: fc.uint8Array({ maxLength: 300 }),
    inner: fc.option(inners, { nil: undefined }),
    names: fc.array(fc.string({ unit: "grapheme" })),
    inners: fc.array(inners),
  },
  { noNullPrototype: true },
);

const nothing = {
  flag: false,
  count: 0,
  signed: 0n,
  id: 0n,
  blob: new Uint8Array(0),
  inner: undefined,
  names: [],
  inners: [],
};

describe("a message", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(outers, (value) => {
        expect(Outer.decode(Outer.encode(value))).toStrictEqual(value);
      }),
    );
  });

  it("with only defaults has no bytes", () => {
    expect(Outer.encode(nothing)).toHaveLength(0);
    expect(Outer.decode(new Uint8Array(0))).toStrictEqual(nothing);
  });

  it("has its own lists each time", () => {
    Outer.decode(Uint8Array.of(0x3a, 0));
    expect(Outer.decode(new Uint8Array(0)).names).toEqual([]);
  });

  it("is made of any bytes or refused with an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          return Object.keys(Outer.decode(bytes)).length === 8;
        } catch (error) {
          return error instanceof Error;
        }
      }),
    );
  });

  it("skips a field with another wire type than the declared one", () => {
    // 1 as a text, 2 as eight bytes, 7 as a number.
    expect(Outer.decode(Uint8Array.of(0x0a, 1, 0x41, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x38, 5))).toStrictEqual(nothing);
  });

  it("has the last of several values of a field", () => {
    const [first, last] = [
      { ...nothing, id: 1n, inner: { text: "a", number: 1 } },
      { ...nothing, id: 2n, inner: { text: "", number: 2 } },
    ];
    expect(Outer.decode(Buffer.concat([Outer.encode(first), Outer.encode(last)]))).toMatchObject(last);
  });

  it.each([
    ["ends in a tag", [0x88]],
    ["ends in a number", [0x08, 0x80]],
    ["ends in a text", [0x3a, 5, 0x41]],
    ["ends in an unknown field", [0xfa, 0x3f, 5]],
    ["has field number 0", [0x00, 0x00]],
    ["ends a group that did not begin", [0xfc, 0x3f]],
    ["holds a message whose text ends after it", [0x32, 2, 0x0a, 3, 0x41, 0x42, 0x43]],
  ])("is refused where it %s", (_what, content) => {
    expect(() => Outer.decode(Uint8Array.from(content))).toThrow();
  });

  it.each([
    ["an id below 0", { id: -1n }],
    ["an id of more than 64 bits", { id: 2n ** 64n }],
    ["a signed number of more than 64 bits", { signed: 2n ** 63n }],
    ["a count below 0", { count: -1 }],
    ["a fraction", { count: 0.5 }],
  ])("is never written with %s", (_what, fields) => {
    expect(() => Outer.encode({ ...nothing, ...fields })).toThrow();
  });
});
