import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toJson } from "../yaml/node.ts";
import { decode } from "./decode.ts";
import { looksLikeJson, readJson } from "./read-json.ts";
import { boolean, integer, objectOf } from "./schema.ts";

test("whatever is JSON is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(toJson(readJson(text))).toEqual(JSON.parse(text));
    }),
  );
});

test("whatever is no JSON is refused", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(), fc.constantFrom("", ",", "#", "'", "}", "\\"), (value, place, change) => {
      const text = JSON.stringify([value]);
      const at = place % text.length;
      const changed = text.slice(0, at) + change + text.slice(at + 1);
      const parses = (parse: (text: string) => unknown) => {
        try {
          parse(changed);
          return true;
        } catch {
          return false;
        }
      };
      expect(parses(readJson)).toBe(parses(JSON.parse));
    }),
  );
});

test("objects of a key that stands there twice merge, other values replace", () => {
  expect(toJson(readJson('{"a":{"b":1,"c":{"d":2}},"x":1,"a":{"c":{"e":3}},"x":[2]}'))).toEqual({
    a: { b: 1, c: { d: 2, e: 3 } },
    x: [2],
  });
});

describe("a number with a fraction or an exponent, or of more than 64 bits, is no integer to Go:", () => {
  const schema = objectOf("v1.Outer", { port: integer(), flag: boolean() });

  test.each(["1.0", "1e3", "10E-1", "99999999999999999999"])("%s", (number) => {
    expect(decode(readJson(`{"port":${number}}`), schema).problems).toMatchObject([
      { message: `json: cannot unmarshal number ${number} into Go struct field Outer.port of type int32` },
    ]);
  });
});

test("lines are counted", () => {
  expect(() => readJson('{\n"a": 1,\n}')).toThrow(expect.objectContaining({ line: 3 }));
});

test("a text nested without end is refused", () => {
  expect(() => readJson("[".repeat(100_000))).toThrow("exceeded max depth");
});

test.each([
  ["{", true],
  [" \n\t{", true],
  ["\u00a0{", true],
  ["\ufeff{", false],
  ["# x\n{", false],
  ["[", false],
  ["", false],
])("whether %j looks like JSON: %s", (text, expected) => {
  expect(looksLikeJson(text)).toBe(expected);
});
