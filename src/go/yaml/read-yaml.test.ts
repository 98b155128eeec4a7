import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { duplicateKeys, lineOf, toJson } from "./node.ts";
import { readYaml } from "./read-yaml.ts";
import { writeYaml } from "./write-yaml.ts";
import { YamlError } from "./yaml-error.ts";

interface Vector {
  readonly text: string;
  readonly value?: unknown;
  readonly error?: string;
}

/** How go-yaml 2, under sigs.k8s.io/yaml, reads these texts. */
const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL("../../../test/golden/kubeadm/yaml/read.json", import.meta.url), "utf8"),
);

describe("readYaml", () => {
  it.each(vectors.filter(({ error }) => error === undefined))("reads $text as Kubernetes does", ({ text, value }) => {
    expect(toJson(readYaml(text))).toEqual(value);
  });

  it.each(vectors.filter(({ error }) => error !== undefined))("refuses $text with Go's words", ({ text, error }) => {
    expect(() => readYaml(text)).toThrow(new YamlError(error ?? "", 0).message);
  });

  it("throws only YamlError, whatever it is given", () => {
    const fragment = fc.constantFrom(
      "a",
      ":",
      " ",
      "\n",
      "- ",
      "{",
      "}",
      "[",
      "]",
      "'",
      '"',
      "&a ",
      "*a",
      "|",
      ">",
      "?",
      "!",
      "\t",
      "#",
      ",",
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 30 }), (fragments) => {
        try {
          readYaml(fragments.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(YamlError);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("reads JSON as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: "binary" }), (json) => {
        // JSON lets these stand in a string as they are; in YAML they are refused or break lines, and need an escape.
        const text = json.replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => {
          return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
        });
        expect(JSON.stringify(toJson(readYaml(text)))).toBe(JSON.stringify(JSON.parse(json)));
      }),
    );
  });

  it("agrees with another YAML reader on block texts", () => {
    const text = "a:\n- b: 1\n  c:\n    - |\n      x\n       y\n    - >-\n      p\n      q\nd: {e: [f, g]}\n";
    expect(toJson(readYaml(text))).toEqual(parse(text, { version: "1.1" }));
  });

  it.each([
    ["lists", "[".repeat(5_000)],
    ["maps", Array.from({ length: 3_000 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join("")],
  ])("refuses %s that nest too deep instead of overflowing", (_, text) => {
    expect(() => readYaml(text)).toThrow("exceeded max depth");
  });

  it("refuses aliases that multiply", () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const items = level === 0 ? "x" : Array.from({ length: 9 }, () => `*l${level - 1}`).join(", ");
      return `l${level}: &l${level} [${items}]\n`;
    });
    expect(() => readYaml(levels.join(""))).toThrow("yaml: document contains excessive aliasing");
  });

  it("keeps a key named __proto__ as data", () => {
    const value = toJson(readYaml("__proto__: {a: 1}\nb: 2\n"));
    expect(Object.keys(value as object)).toEqual(["__proto__", "b"]);
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  });

  it("knows the line of the place that is wrong", () => {
    expect(() => readYaml("a: b\nc: d: e\n")).toThrow(expect.objectContaining({ line: 2 }));
  });
});

it.each([
  ["of so many digits", "1".repeat(400)],
  ["with such an exponent", "1e400"],
  ["below zero", `-${"9".repeat(400)}`],
])("a number that is too large for Go is a text, plain when it is written: one %s", (_which, text) => {
  const value = toJson(readYaml(`a: ${text}\n`));
  expect(value).toEqual({ a: text });
  expect(writeYaml({ a: text })).toBe(`a: ${text}\n`);
});

describe("lineOf", () => {
  const node = readYaml("a: 1\nb:\n  c:\n  - d: 1\n  - e: 2\n    f: 3\n");

  it.each([
    ["a", 1],
    ["b.c", 3],
    ["b.c[1].f", 6],
    ["b.missing", 2],
    ["nothing", 1],
  ])("finds %s on line %i", (path, line) => {
    expect(lineOf(node, path)).toBe(line);
  });
});

describe("duplicateKeys", () => {
  it("finds them at every level, in order of the text", () => {
    const node = readYaml("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n");
    expect(duplicateKeys(node)).toEqual([
      { key: "c", line: 4 },
      { key: "a", line: 5 },
    ]);
    expect(toJson(node)).toEqual({ a: 2, b: { c: 2 } });
  });
});
