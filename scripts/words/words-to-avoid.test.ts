import { describe, expect, it } from "vitest";
import { findWords, permitted } from "./words-to-avoid.ts";

describe("a word to avoid", () => {
  it.each([
    ["The run goes on.", [{ line: 1, word: "goes on", better: "continues, or resumes" }]],
    ["fine\n/** A version that is none. */", [{ line: 2, word: "that is none", better: "that is not one" }]],
    ["It keeps running until it ends.", []],
    ["The cargo on board, a performer.", []],
  ])("is found in %j", (text, found) => {
    expect(findWords("a.ts", text)).toEqual(found);
  });

  it("is permitted in a line that has a reason, and only there", () => {
    const allowed = [["a.ts", "goes on upstream", "upstream's words"]] as const;
    expect(findWords("a.ts", "it goes on upstream", allowed)).toEqual([]);
    expect(findWords("b.ts", "it goes on upstream", allowed)).toHaveLength(1);
  });

  it("has a reason wherever it is permitted", () => {
    for (const [, , reason] of permitted) expect(reason).not.toBe("");
  });
});
