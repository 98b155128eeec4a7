import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { jsonPath } from "../../src/go/jsonpath/jsonpath.ts";
import { goTemplate } from "../../src/go/template/template.ts";
import { TemplateError } from "../../src/go/template/template-error.ts";
import { type GoValue, withIntegers } from "../../src/go/value.ts";
import { kyaml } from "../../src/go/yaml/kyaml.ts";
import type { WritableMap } from "../../src/go/yaml/write-yaml.ts";

interface Case {
  readonly language: "jsonpath" | "template";
  readonly template: string;
  readonly strict?: boolean;
  readonly asJson?: boolean;
  readonly output?: string;
  readonly error?: string;
}

const read = (file: string) => readFileSync(new URL(`templates/${file}`, import.meta.url), "utf8");
const object = JSON.parse(read("object.json")) as GoValue;
const cases = read("cases.jsonl")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Case);

/** Refused by both, in other words: Go tells int64 from int, and its lexer fails elsewhere than ours. */
const otherWords = [
  "{{index .count 0}}",
  "{{len .count}}",
  "{{slice .count 1}}",
  '{{eq .count "3"}}',
  "{{3 - 2}}",
  "{{call .kind}}",
  '{{base64decode "!!"}}',
  "{{$x = 1}}",
  "{{.kind.}}",
  "{{..kind}}",
  "{{1.kind}}",
];

function print({ language, template, strict = false, asJson = false }: Case): string {
  const allowMissingKeys = !strict;
  if (language === "jsonpath") return jsonPath(template, { allowMissingKeys, asJson })(object);
  return goTemplate(template, { allowMissingKeys })(withIntegers(object));
}

const nameOf = ({ language, template, strict, asJson }: Case) =>
  `${language}${asJson === true ? " as JSON" : ""}${strict === true ? " that misses nothing" : ""}: ${template}`;

describe("templates print what Go's print", () => {
  const printed = cases.filter(({ output }) => output !== undefined);
  it.each(printed.map((each) => [nameOf(each), each] as const))("%s", (_, each) => {
    expect(print(each)).toBe(each.output);
  });
});

describe("templates fail where Go's fail, in its words", () => {
  const failing = cases.filter(({ error }) => error !== undefined);
  it.each(failing.map((each) => [nameOf(each), each] as const))("%s", (_, each) => {
    let error: unknown;
    try {
      print(each);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TemplateError);
    const { message } = error as TemplateError;
    if (otherWords.includes(each.template)) expect(message).not.toBe(each.error);
    else expect(message).toBe(each.error);
  });
});

it("KYAML is what sigs.k8s.io/yaml makes of the same object", () => {
  expect(`---\n${kyaml(JSON.parse(read("kyaml.json")) as WritableMap)}\n`).toBe(read("kyaml.yaml"));
});
