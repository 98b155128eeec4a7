import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearest, suggestionsFor } from "./nearest.ts";

describe("suggestions", () => {
  it.each<[string, string, readonly string[]]>([
    ["are two edits away at most", "joim", ["join"]],
    ["are not three edits away", "joinxyz", []],
    ["ignore case", "JOIN", ["join"]],
    ["may begin with the word", "ver", ["version"]],
    ["are none for a strange word", "destroy", []],
  ])("%s", (_, word, expected) => {
    expect(suggestionsFor(word, ["join", "version", "help"])).toEqual(expected);
  });
});

describe("the nearest name", () => {
  it.each<[string, string, readonly string[], string | undefined]>([
    ["is the closest of several", "discovery-tokn", ["discovery-file", "discovery-token", "token"], "discovery-token"],
    ["may differ in case alone", "apiserverEndpoint", ["token", "apiServerEndpoint"], "apiServerEndpoint"],
    ["may have two letters exchanged", "tokne", ["token", "caCertHashes"], "token"],
    ["is the first of two that are as close", "ab", ["abc", "abd"], "abc"],
    ["may differ in a third of a long word", "discovery-toXXXX", ["discovery-token"], "discovery-token"],
    ["is not more than a third of the word away", "discovery-tXXXXXX", ["discovery-token"], undefined],
    ["is none for a word unlike all others", "xyz", ["config", "patches"], undefined],
  ])("%s", (_, word, names, expected) => {
    expect(nearest(word, names)).toBe(expected);
  });

  it("is found after one letter more, less or other", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z]{3,12}$/),
        fc.nat(11),
        fc.constantFrom(0, 1),
        fc.constantFrom("", "x"),
        (name, at, removed, added) => {
          const typed = name.slice(0, at) + added + name.slice(at + removed);
          expect(nearest(typed, ["unrelated-to-all-of-it", name])).toBe(name);
          expect(suggestionsFor(typed, [name])).toEqual([name]);
        },
      ),
    );
  });
});
