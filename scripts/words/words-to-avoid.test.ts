import { describe, expect, it } from "vitest";
import { findWords } from "./words-to-avoid.ts";

describe("a word to avoid", () => {
  it.each([
    ["The run goes on.", [{ line: 1, word: "goes on", better: "continues, or resumes" }]],
    ["fine\n/** A version that is none. */", [{ line: 2, word: "that is none", better: "that is not one" }]],
    ["It keeps running until it ends.", []],
    ["The cargo on board, a performer.", []],
  ])("is found in %j", (text, found) => {
    expect(findWords(text)).toEqual(found);
  });
});
