import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type JsonObject, type JsonValue, jsonEquals } from "../../values/json.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { PatchError } from "./patch-error.ts";

interface Example {
  readonly name: string;
  readonly document: JsonValue;
  readonly patch: JsonValue;
  readonly result: JsonValue;
}

/** RFC 6902, appendix A. */
const examples: readonly Example[] = [
  {
    name: "A.1 a member is added to an object",
    document: { foo: "bar" },
    patch: [{ op: "add", path: "/baz", value: "qux" }],
    result: { baz: "qux", foo: "bar" },
  },
  {
    name: "A.2 an item is added to a list",
    document: { foo: ["bar", "baz"] },
    patch: [{ op: "add", path: "/foo/1", value: "qux" }],
    result: { foo: ["bar", "qux", "baz"] },
  },
  {
    name: "A.3 a member is removed",
    document: { baz: "qux", foo: "bar" },
    patch: [{ op: "remove", path: "/baz" }],
    result: { foo: "bar" },
  },
  {
    name: "A.4 an item is removed",
    document: { foo: ["bar", "qux", "baz"] },
    patch: [{ op: "remove", path: "/foo/1" }],
    result: { foo: ["bar", "baz"] },
  },
  {
    name: "A.5 a value is replaced",
    document: { baz: "qux", foo: "bar" },
    patch: [{ op: "replace", path: "/baz", value: "boo" }],
    result: { baz: "boo", foo: "bar" },
  },
  {
    name: "A.6 a value is moved",
    document: { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
    patch: [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
    result: { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
  },
  {
    name: "A.7 an item is moved",
    document: { foo: ["all", "grass", "cows", "eat"] },
    patch: [{ op: "move", from: "/foo/1", path: "/foo/3" }],
    result: { foo: ["all", "cows", "eat", "grass"] },
  },
  {
    name: "A.8 tests that hold change nothing",
    document: { baz: "qux", foo: ["a", 2, "c"] },
    patch: [
      { op: "test", path: "/baz", value: "qux" },
      { op: "test", path: "/foo/1", value: 2 },
    ],
    result: { baz: "qux", foo: ["a", 2, "c"] },
  },
  {
    name: "A.10 an object is added",
    document: { foo: "bar" },
    patch: [{ op: "add", path: "/child", value: { grandchild: {} } }],
    result: { foo: "bar", child: { grandchild: {} } },
  },
  {
    name: "A.11 unknown members of an operation are ignored",
    document: { foo: "bar" },
    patch: [{ op: "add", path: "/baz", value: "qux", xyz: 123 }],
    result: { foo: "bar", baz: "qux" },
  },
  {
    name: "A.14 ~01 is ~1 and not a slash",
    document: { "/": 9, "~1": 10 },
    patch: [{ op: "test", path: "/~01", value: 10 }],
    result: { "/": 9, "~1": 10 },
  },
  {
    name: "A.16 a list is added at the end of a list",
    document: { foo: ["bar"] },
    patch: [{ op: "add", path: "/foo/-", value: ["abc", "def"] }],
    result: { foo: ["bar", ["abc", "def"]] },
  },
  {
    name: "a key with a slash is written ~1",
    document: { metadata: { labels: { "a/b": "1" } } },
    patch: [{ op: "replace", path: "/metadata/labels/a~1b", value: "2" }],
    result: { metadata: { labels: { "a/b": "2" } } },
  },
  {
    name: "a copy is independent of its original",
    document: { a: { b: 1 } },
    patch: [
      { op: "copy", from: "/a", path: "/c" },
      { op: "replace", path: "/c/b", value: 2 },
    ],
    result: { a: { b: 1 }, c: { b: 2 } },
  },
  {
    name: "the order of keys does not count in a test",
    document: { a: { b: 1, c: [1] } },
    patch: [{ op: "test", path: "/a", value: { c: [1], b: 1 } }],
    result: { a: { b: 1, c: [1] } },
  },
  {
    name: "null is a value",
    document: { a: 1 },
    patch: [
      { op: "add", path: "/b", value: null },
      { op: "move", from: "/b", path: "/a" },
    ],
    result: { a: null },
  },
  {
    name: "the empty path is the whole document",
    document: { a: 1 },
    patch: [{ op: "replace", path: "", value: { b: 2 } }],
    result: { b: 2 },
  },
  {
    name: "a negative index counts from the end, as upstream has it",
    document: { a: [1, 2, 3] },
    patch: [
      { op: "remove", path: "/a/-1" },
      { op: "add", path: "/a/-1", value: 4 },
      { op: "replace", path: "/a/-3", value: 0 },
    ],
    result: { a: [0, 2, 4] },
  },
  {
    name: "replace puts a field into an object that lacks it, as upstream has it",
    document: { a: {} },
    patch: [{ op: "replace", path: "/a/b", value: 1 }],
    result: { a: { b: 1 } },
  },
  { name: "an empty patch changes nothing", document: { a: 1 }, patch: [], result: { a: 1 } },
];

test.each(examples)("$name", ({ document, patch, result }) => {
  const before = structuredClone(document);
  expect(applyJsonPatch(document, patch)).toEqual(result);
  expect(document).toEqual(before);
});

interface Refusal {
  readonly name: string;
  readonly patch: JsonValue;
  readonly message: string;
}

describe("applied to {foo: bar, list: [1, 2]}", () => {
  const document = { foo: "bar", list: [1, 2] };
  const refusals: readonly Refusal[] = [
    {
      name: "A.9 a test that does not hold is refused",
      patch: [{ op: "test", path: "/foo", value: "bar2" }],
      message: "testing value /foo failed: test failed",
    },
    {
      name: "A.12 nothing is added below what is not there",
      patch: [{ op: "add", path: "/baz/bat", value: "qux" }],
      message: 'add operation does not apply: doc is missing path: "/baz/bat": missing value',
    },
    {
      name: "A.15 a number is not the text of it",
      patch: [{ op: "test", path: "/list/0", value: "1" }],
      message: "testing value /list/0 failed: test failed",
    },
    {
      name: "what is not there cannot be removed",
      patch: [{ op: "remove", path: "/baz" }],
      message: "error in remove for path: '/baz': Unable to remove nonexistent key: baz: missing value",
    },
    {
      name: "an index behind the end is refused",
      patch: [{ op: "add", path: "/list/3", value: 1 }],
      message: "error in add for path: '/list/3': Unable to access invalid index: 3: invalid index referenced",
    },
    {
      name: "a word is no index",
      patch: [{ op: "add", path: "/list/x", value: 1 }],
      message: "error in add for path: '/list/x': value was not a proper array index: 'x'",
    },
    {
      name: "an item that is not there cannot be replaced",
      patch: [{ op: "replace", path: "/list/2", value: 1 }],
      message: "replace operation does not apply: doc is missing key: /list/2: missing value",
    },
    {
      name: "a copy needs something to copy",
      patch: [{ op: "copy", from: "/baz", path: "/a" }],
      message: "copy operation does not apply: doc is missing from path: /baz: missing value",
    },
    {
      name: "nothing can be moved into itself",
      patch: [{ op: "move", from: "/list", path: "/list/0" }],
      message: "move operation does not apply: doc is missing destination path: /list/0: missing value",
    },
    {
      name: "an unknown operation is refused",
      patch: [{ op: "merge", path: "/a" }],
      message: "Unexpected kind: merge",
    },
    {
      name: "an operation without a path is refused",
      patch: [{ op: "remove" }],
      message: "remove operation failed to decode path: operation missing path field: missing value",
    },
    {
      name: "an operation without its value is refused",
      patch: [{ op: "add", path: "/a" }],
      message: "add operation, missing value field: missing value",
    },
    {
      name: "a path must begin with a slash",
      patch: [{ op: "remove", path: "foo" }],
      message: 'remove operation does not apply: path "foo" does not begin with a slash',
    },
    {
      name: "an object is no patch",
      patch: { op: "remove" },
      message: "json: cannot unmarshal object into Go value of type jsonpatch.Patch",
    },
  ];

  test.each(refusals)("$name", ({ patch, message }) => {
    expect(() => applyJsonPatch(document, patch)).toThrow(new PatchError(message));
  });
});

test("a key __proto__ is data", () => {
  const patched = applyJsonPatch({}, [{ op: "add", path: "/__proto__", value: { polluted: true } }]);
  expect(Object.keys(patched as JsonObject)).toEqual(["__proto__"]);
  expect(() => applyJsonPatch({}, [{ op: "add", path: "/constructor/x", value: 1 }])).toThrow(PatchError);
  expect(({} as JsonObject)["polluted"]).toBeUndefined();
});

test("what is added under any key can be tested, moved back and forth, and removed again", () => {
  const key = fc.oneof(fc.string(), fc.constantFrom("~", "/", "~1", "~0", "", "-", "0"));
  fc.assert(
    fc.property(
      fc.dictionary(key, fc.integer(), { noNullPrototype: true }),
      key,
      fc.jsonValue(),
      (document, name, value) => {
        fc.pre(!Object.hasOwn(document, name));
        const path = `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
        const patched = applyJsonPatch({ inner: document }, [
          { op: "add", path: `/inner${path}`, value: value as JsonValue },
          { op: "test", path: `/inner${path}`, value: value as JsonValue },
          { op: "move", from: `/inner${path}`, path: "/outer" },
          { op: "move", from: "/outer", path: `/inner${path}` },
          { op: "remove", path: `/inner${path}` },
        ]);
        expect(jsonEquals(patched, { inner: document })).toBe(true);
      },
    ),
  );
});
