import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "./parse-json.ts";

describe("JSON of unknown origin", () => {
  it("is read as JSON.parse reads it", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ["is no JSON", '{"a":'],
    ["is empty", ""],
    ["nests without end", "[".repeat(100_000) + "]".repeat(100_000)],
    ["nests objects without end", '{"a":'.repeat(100_000) + 1 + "}".repeat(100_000)],
    ["opens without end", "[".repeat(1_000_000)],
    ["opens a text without end", `["${"\\".repeat(1_000_000)}`],
    ["has escaped quotes without end", `["${'\\"'.repeat(500_000)}`],
    ["begins texts without end", `[${'"'.repeat(1_000_001)}`],
  ])("is nothing where it %s", (_, text) => expect(parseJson(text)).toBeUndefined());

  it("may have brackets in texts", () => {
    const text = JSON.stringify({ a: "[".repeat(1_000), b: `"${"{".repeat(1_000)}\\` });
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});
