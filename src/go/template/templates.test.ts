import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonPath } from "../jsonpath/jsonpath.ts";
import type { GoValue } from "../value.ts";
import { goJson } from "../value.ts";
import { goTemplate } from "./template.ts";
import { TemplateError } from "./template-error.ts";

const jsonPathParts = [
  "{",
  "}",
  "[",
  "]",
  "?(",
  ")",
  ".a",
  "..",
  "*",
  "0",
  "-1",
  ":",
  ",",
  "'",
  '"',
  "\\",
  "range ",
  "end",
  "@",
  "$",
  "==",
  " ",
  "\n",
];
const templateParts = [
  "{{",
  "}}",
  "-",
  " ",
  ".a",
  "$x",
  ":=",
  "=",
  ",",
  "|",
  "(",
  ")",
  "range ",
  "if ",
  "with ",
  "else",
  "end",
  "define ",
  "template ",
  "break",
  '"T"',
  "1",
  "printf ",
  "index ",
  "/*",
  "*/",
  "'",
  "`",
  "\n",
];
const textOf = (parts: readonly string[]) =>
  fc.array(fc.constantFrom(...parts), { maxLength: 14 }).map((words) => words.join(""));

/** The result, or undefined if the template was refused; any other error is a defect. */
function attempt(print: () => string): string | undefined {
  try {
    return print();
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

const object: GoValue = { a: [{ a: "x" }, 1, null], b: "y" };

describe("any text is a template or is refused as one", () => {
  it("in JSONPath", () => {
    fc.assert(
      fc.property(fc.oneof(textOf(jsonPathParts), fc.string()), fc.boolean(), (template, allowMissingKeys) => {
        attempt(() => jsonPath(template, { allowMissingKeys, asJson: false })(object));
      }),
      { numRuns: 500 },
    );
  });

  it("in Go's template language", () => {
    fc.assert(
      fc.property(fc.oneof(textOf(templateParts), fc.string()), fc.boolean(), (template, allowMissingKeys) => {
        attempt(() => goTemplate(template, { allowMissingKeys })(object));
      }),
      { numRuns: 500 },
    );
  });
});

describe("any object", () => {
  const anObject = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.jsonValue()) as fc.Arbitrary<GoValue>;

  it("is printed whole by {$}, as JSON that means the same", () => {
    fc.assert(
      fc.property(anObject, (each) => {
        const printed = jsonPath("{$}", { allowMissingKeys: false, asJson: false })(each);
        expect(JSON.parse(printed)).toEqual(JSON.parse(goJson(each)));
      }),
    );
  });

  it("keeps text without actions as it is", () => {
    fc.assert(
      fc.property(
        anObject,
        fc.string().filter((text) => !text.includes("{")),
        (each, text) => {
          expect(jsonPath(text, { allowMissingKeys: false, asJson: false })(each)).toBe(text);
          expect(goTemplate(text, { allowMissingKeys: false })(each)).toBe(text);
        },
      ),
    );
  });

  it("gives every element to a loop, in both languages", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]*$/)), (words) => {
        const expected = words.map((word) => `<${word}>`).join("");
        expect(jsonPath("{range .w[*]}<{@}>{end}", { allowMissingKeys: false, asJson: false })({ w: words })).toBe(
          expected,
        );
        expect(goTemplate("{{range .w}}<{{.}}>{{end}}", { allowMissingKeys: false })({ w: words })).toBe(expected);
      }),
    );
  });
});

describe("a template", () => {
  it("that calls itself forever is stopped", () => {
    const endless = goTemplate('{{define "T"}}{{template "T" .}}{{end}}{{template "T" .}}', { allowMissingKeys: true });
    expect(() => endless({})).toThrow("exceeded maximum template depth");
  });

  it("loops over every object it is given, not only over the first", () => {
    const print = jsonPath("{range .w[*]}{@}{end};", { allowMissingKeys: true, asJson: false });
    expect([print({ w: ["a", "b"] }), print({ w: ["c"] })]).toEqual(["ab;", "c;"]);
  });
});
