import { expect, it } from "vitest";
import { defined } from "./defined.ts";

it.each([
  ["leaves out a field that is undefined", { a: 1, b: undefined }, { a: 1 }],
  [
    "keeps every other value, empty ones included",
    { zero: 0, no: false, empty: "", none: null },
    { zero: 0, no: false, empty: "", none: null },
  ],
  ["gives an empty object when there is nothing", { a: undefined }, {}],
])("%s", (_, fields, expected) => {
  expect(defined(fields)).toStrictEqual(expected);
});

it("keeps the order of the fields, which files and output show", () => {
  expect(Object.keys(defined({ z: 1, gap: undefined, a: 2 }))).toEqual(["z", "a"]);
});
