import { describe, expect, it } from "vitest";
import { wrapProse, wrapWords } from "./wrap.ts";

describe("a sentence in lines of 20 columns", () => {
  it.each([
    ["run `a b c d e` and then `f g`", ["run `a b c d e` and", "then `f g`"]],
    ["then run `kubectl get nodes` now", ["then run", "`kubectl get nodes`", "now"]],
    ["run `kubectl get nodes -o wide`.", ["run", "`kubectl get nodes -o wide`."]],
    ["then run 'sysctl -w a=1', now", ["then run", "'sysctl -w a=1', now"]],
    ["it doesn't and the node's isn't", ["it doesn't and the", "node's isn't"]],
    ["a ` alone is a character", ["a ` alone is a", "character"]],
    ["", []],
  ])("keeps commands whole: %s", (text, lines) => {
    expect(wrapProse(text, 20)).toEqual(lines);
  });

  it("breaks between any two words if it has no commands", () => {
    const text = "no line of this is longer than that";
    expect(wrapProse(text, 20)).toEqual(wrapWords(text, 20));
  });
});
