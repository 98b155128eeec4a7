import { describe, expect, it } from "vitest";
import { unifiedDiff } from "./unified-diff.ts";

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);
const text = (...lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
const diff = (before: string, after: string, context: number) =>
  unifiedDiff(before, after, { from: "a", to: "b", context });

// Each diff was written by difflib, whose lines end with an empty one.
describe("a unified diff", () => {
  it.each([
    ["of equal texts is empty", text("x"), text("x"), 3, ""],
    [
      "of a changed line",
      text("x", "y", "z"),
      text("x", "Y", "z"),
      1,
      "--- a\n+++ b\n@@ -1,3 +1,3 @@\n x\n-y\n+Y\n z\n",
    ],
    ["without context", text("x", "y", "z"), text("x", "Y", "z"), 0, "--- a\n+++ b\n@@ -2 +2 @@\n-y\n+Y\n"],
    ["of an added line without context", text("x", "z"), text("x", "y", "z"), 0, "--- a\n+++ b\n@@ -1,0 +2 @@\n+y\n"],
    ["of a removed line without context", text("x", "y", "z"), text("x", "z"), 0, "--- a\n+++ b\n@@ -2 +1,0 @@\n-y\n"],
    ["of a text that has been empty", "", text("x"), 3, "--- a\n+++ b\n@@ -1 +1,2 @@\n+x\n \n"],
    [
      "takes three lines for a negative number",
      text(...numbers(1, 9)),
      text(...numbers(1, 8), "nine"),
      -1,
      "--- a\n+++ b\n@@ -6,5 +6,5 @@\n 6\n 7\n 8\n-9\n+nine\n \n",
    ],
    [
      "has a hunk for each change that is far from the others",
      text(...numbers(1, 9)),
      text("one", ...numbers(2, 8), "nine"),
      1,
      "--- a\n+++ b\n@@ -1,2 +1,2 @@\n-1\n+one\n 2\n@@ -8,3 +8,3 @@\n 8\n-9\n+nine\n \n",
    ],
    [
      "joins changes that are near",
      text(...numbers(1, 4)),
      text("one", "2", "3", "four"),
      1,
      "--- a\n+++ b\n@@ -1,5 +1,5 @@\n-1\n+one\n 2\n 3\n-4\n+four\n \n",
    ],
    [
      "takes the longest common block, not the first",
      text("a", "b"),
      text("a", "c", "a", "b"),
      0,
      "--- a\n+++ b\n@@ -0,0 +1,2 @@\n+a\n+c\n",
    ],
  ])("%s", (_, before, after, context, expected) => {
    expect(diff(before, after, context)).toBe(expected);
  });

  it("does not begin a match with a line that occurs often in a long text", () => {
    const often = Array.from({ length: 250 }, (_, index) => (index % 2 === 0 ? "often" : `${index}`));
    const change = diff(text(...often), text("often", "new", ...often), 0);
    expect(change).toBe("--- a\n+++ b\n@@ -0,0 +1,2 @@\n+often\n+new\n");
  });
});
