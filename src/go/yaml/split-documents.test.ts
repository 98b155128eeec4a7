import { describe, expect, it } from "vitest";
import { SeparatorError, splitDocuments } from "./split-documents.ts";

describe("splitDocuments", () => {
  it.each([
    ["an empty file", "", []],
    ["one document", "a: b\n", ["a: b\n"]],
    ["a separator before and after the only document", "---\na: b\n---\n", ["a: b\n"]],
    ["two documents", "a: b\n---\nc: d\n", ["a: b\n", "c: d\n"]],
    ["a comment behind the separator", "a: b\n--- # next\nc: d\n", ["a: b\n", "c: d\n"]],
    ["comments before the first separator, which count as a document", "# c\n---\na: b\n", ["# c\n", "a: b\n"]],
    ["a separator alone", "---\n", [""]],
    ["a last line without its end", "a: b\n---\nc: d", ["a: b\n", "c: d\n"]],
    ["two separators with nothing between them", "a: b\n---\n---\nc: d\n", ["a: b\n", "", "c: d\n"]],
    ["an indented separator, which is content", "a: |\n  ---\n", ["a: |\n  ---\n"]],
    ["Windows line ends", "a: b\r\n---\r\nc: d\r\n", ["a: b\r\n", "c: d\r\n"]],
  ])("splits %s", (_, text, documents) => {
    expect(splitDocuments(text).map((document) => document.text)).toEqual(documents);
  });

  it("counts the lines before each document", () => {
    expect(splitDocuments("a: b\n---\nc: d\n").map(({ linesBefore }) => linesBefore)).toEqual([0, 2]);
  });

  it.each(["--- foo", "----", '--- {"a": 1}'])("refuses %s as a separator", (line) => {
    expect(() => splitDocuments(`a: b\n${line}\n`)).toThrow(SeparatorError);
  });
});
