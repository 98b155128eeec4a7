import { expect, it } from "vitest";
import { padTo, tabulate } from "./tabwriter.ts";

/** Output of Go's tabwriter with a minimum width of 10 and a padding of 3. */
it.each<[string, readonly (readonly string[])[], string]>([
  [
    "a column is as wide as its widest cell and three blanks",
    [
      ["TOKEN", "TTL"],
      ["abcdefghij", "1h"],
    ],
    "TOKEN        TTL\nabcdefghij   1h\n",
  ],
  ["a narrow column has ten", [["a", "b", "c"]], "a         b         c\n"],
  [
    "an empty cell keeps its column",
    [
      ["a", "", "c"],
      ["", "", ""],
    ],
    "a                   c\n                    \n",
  ],
  ["blanks at the end of the last cell stay", [["a", "no      "]], "a         no      \n"],
  [
    "a letter of two bytes and a character outside the basic plane each take one column",
    [
      ["über", "x"],
      ["🚀x", "x"],
    ],
    "über      x\n🚀x        x\n",
  ],
  [
    "a wide character counts once",
    [
      ["日本", "x"],
      ["12345678", "x"],
    ],
    "日本         x\n12345678   x\n",
  ],
  ["a line break makes no row", [["a\nb", "c"]], "a\\nb      c\n"],
  ["a tab makes no column", [["a\tb", "c"]], "a\\tb      c\n"],
  ["what a terminal would obey is shown", [["\u001b[2J", "c"]], "\\u001b[2J   c\n"],
  ["one column is not padded", [["a"], ["bb"]], "a\nbb\n"],
  ["there is nothing of nothing", [], ""],
])("%s", (_, rows, expected) => {
  expect(tabulate(rows)).toBe(expected);
});

it("a text is padded to a number of characters", () => {
  expect(padTo("🚀", 3)).toBe("🚀  ");
  expect(padTo("abcd", 3)).toBe("abcd");
});
