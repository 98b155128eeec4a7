import { describe, expect, it } from "vitest";
import { Secret } from "../../errors/secret.ts";
import { readYaml } from "../yaml/read-yaml.ts";
import { decode, strictDecodingMessage } from "./decode.ts";
import { boolean, duration, integer, listOf, mapOf, objectOf, secret, string, time } from "./schema.ts";

const schema = objectOf("v1.Outer", {
  text: string(),
  flag: boolean(),
  port: integer(),
  wait: duration(),
  since: time(),
  token: secret(),
  gates: mapOf(boolean()),
  inner: objectOf("v1.Inner", { name: string(), list: listOf(string()) }),
  items: listOf(objectOf("v1.Item", { name: string(), value: string() })),
});

function decodeText(text: string) {
  return decode(readYaml(text), schema);
}

describe("decode", () => {
  it("gives typed values", () => {
    const { value, problems } = decodeText(
      "text: a\nflag: yes\nport: 6443\nwait: 1m30s\ntoken: x\ngates: {A: true}\ninner: {name: m, list: [p, q]}\n",
    );
    expect(problems).toEqual([]);
    expect(value).toEqual({
      text: "a",
      flag: true,
      port: 6443,
      wait: 90_000,
      token: new Secret("x"),
      gates: { A: true },
      inner: { name: "m", list: ["p", "q"] },
    });
    expect(value?.token?.reveal()).toBe("x");
  });

  it("takes null as absent", () => {
    expect(decodeText("text: null\ninner:\nitems: ~\n").value).toEqual({});
  });

  it("takes null in a list or a map as the zero value: it is still an entry", () => {
    const text = "items: [~, {name: a}]\ninner: {list: [null, b]}\ngates: {A: null, B: true}\n";
    expect(decodeText(text).value).toEqual({
      items: [{}, { name: "a" }],
      inner: { list: ["", "b"] },
      gates: { A: false, B: true },
    });
  });

  it.each([
    [
      "a number for an object",
      "inner: 5",
      "json: cannot unmarshal number into Go struct field Outer.inner of type v1.Inner",
    ],
    [
      "a bool in a nested object",
      "inner: {name: true}",
      "json: cannot unmarshal bool into Go struct field Inner.inner.name of type string",
    ],
    [
      "a text for a list",
      "inner: {list: a}",
      "json: cannot unmarshal string into Go struct field Inner.inner.list of type []string",
    ],
    [
      "a text for an item",
      "items: [a]",
      "json: cannot unmarshal string into Go struct field Outer.items of type v1.Item",
    ],
    [
      "an object for a list",
      "items: {a: b}",
      "json: cannot unmarshal object into Go struct field Outer.items of type []v1.Item",
    ],
    [
      "a number that does not fit",
      "port: 99999999999",
      "json: cannot unmarshal number 99999999999 into Go struct field Outer.port of type int32",
    ],
    [
      "a number of more than 64 bits",
      "port: 99999999999999999999",
      "json: cannot unmarshal number 100000000000000000000 into Go struct field Outer.port of type int32",
    ],
    ["a fraction", "port: 1.5", "json: cannot unmarshal number 1.5 into Go struct field Outer.port of type int32"],
    [
      "a quoted word for a bool",
      'flag: "yes"',
      "json: cannot unmarshal string into Go struct field Outer.flag of type bool",
    ],
    ["no duration", "wait: soon", 'time: invalid duration "soon"'],
    [
      "a number for a duration",
      "wait: 5",
      "json: cannot unmarshal number into Go struct field Outer.wait of type string",
    ],
    ["an unknown unit", "wait: 5x", 'time: unknown unit "x" in duration "5x"'],
    ["no time", "since: foo", 'parsing time "foo" as "2006-01-02T15:04:05Z07:00": cannot parse "foo" as "2006"'],
    ["a list at the root", "[a]", "json: cannot unmarshal array into Go value of type v1.Outer"],
  ])("refuses %s with Go's words", (_, text, message) => {
    expect(decodeText(text).problems.map((problem) => problem.message)).toEqual([message]);
  });

  it("reports first what stops Go immediately, then the others in order of their names", () => {
    const { problems } = decodeText("text: 5\nwait: soon\nflag: 1\n");
    expect(problems.map(({ path }) => path)).toEqual(["wait", "flag", "text"]);
  });

  it("names place and nearest field of what it does not know", () => {
    const { unknownFields } = decodeText("Text: a\nitems:\n- name: a\n  vlaue: x\nzzz: 1\n");
    expect(unknownFields).toEqual([
      { path: "Text", line: 1, suggestion: "text" },
      { path: "items[0].vlaue", line: 4, suggestion: "value" },
      { path: "zzz", line: 5 },
    ]);
  });

  it("words what strict decoding refuses as upstream does", () => {
    const decoding = decodeText("text: a\ntext: b\nfoo: 1\ninner: {bar: 2}\n");
    expect(strictDecodingMessage(decoding)).toEqual([
      "strict decoding error: yaml: unmarshal errors:",
      '  line 2: key "text" already set in map, unknown field "foo", unknown field "inner.bar"',
    ]);
    expect(strictDecodingMessage(decodeText("text: a\n"))).toBeUndefined();
  });
});
