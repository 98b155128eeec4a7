import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, nearest, suggestionsFor } from "./nearest.ts";

describe("suggestions", () => {
  it.each<[string, string, readonly string[]]>([
    ["are two edits away at most", "joim", ["join"]],
    ["ignore case", "JOIN", ["join"]],
    ["may begin with the word", "ver", ["version"]],
    ["are none for a strange word", "destroy", []],
  ])("%s", (_, word, expected) => {
    expect(suggestionsFor(word, ["join", "version", "help"])).toEqual(expected);
  });

  it("name the closest of several", () => {
    expect(nearest("discovery-tokn", ["discovery-file", "discovery-token", "token"])).toBe("discovery-token");
    expect(nearest("xyz", ["config", "patches"])).toBeUndefined();
  });
});

describe("the distance between two words", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });

  it("is 0 only for the same word and the same both ways", () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
      }),
    );
  });

  it("is 1 after one insertion", () => {
    fc.assert(
      fc.property(word, fc.nat(8), (a, at) => {
        expect(editDistance(a, `${a.slice(0, at)}x${a.slice(at)}`)).toBe(1);
      }),
    );
  });
});
