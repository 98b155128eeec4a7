import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCsvRecord, parseCsvRecord } from "./csv.ts";

describe("a CSV record", () => {
  it.each<[string, string, readonly string[]]>([
    ["is split at commas", "a,b", ["a", "b"]],
    ["keeps blanks and empty fields", " a,,b ", [" a", "", "b "]],
    ["ends with an empty field after a comma", "a,", ["a", ""]],
    ["may quote a field that holds a comma", '"a,b",c', ["a,b", "c"]],
    ["doubles a quote within quotes", '"say ""hi"""', ['say "hi"']],
    ["drops what follows the first line", "a,b\nc", ["a", "b"]],
    ["skips empty lines before it", "\n\na", ["a"]],
    ["continues in the next line within quotes", '"a\nb",c', ["a\nb", "c"]],
    ["reads a line end of two characters as one", '"a\r\nb"', ["a\nb"]],
  ])("%s", (_, text, fields) => {
    expect(parseCsvRecord(text)).toEqual(fields);
  });

  it.each<[string, string, string]>([
    ["a quote inside a plain field", 'a"b', 'parse error on line 1, column 2: bare " in non-quoted field'],
    ["columns in bytes", 'é"b', 'parse error on line 1, column 3: bare " in non-quoted field'],
    ["text after a closing quote", '"a"b', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'],
    ["a quote that is never closed", '"a', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'],
    [
      "the first and the last line of a broken record",
      '"a\nb"c',
      'record on line 1; parse error on line 2, column 2: extraneous or missing " in quoted-field',
    ],
    ["a text without a record", "\n", "EOF"],
  ])("tells of %s in Go's words", (_, text, message) => {
    expect(() => parseCsvRecord(text)).toThrow(new Error(message));
  });

  it("comes back whole after being written", () => {
    const field = fc.string({ unit: fc.constantFrom("a", ",", '"', " ", "\n", "é") });
    const record = fc.array(field, { minLength: 1 }).filter((fields) => fields.length > 1 || fields[0] !== "");
    fc.assert(
      fc.property(record, (fields) => {
        expect(parseCsvRecord(formatCsvRecord(fields))).toEqual(fields);
      }),
    );
  });
});
