import fc from "fast-check";
import { expect, test } from "vitest";
import { isObject, type JsonObject, type JsonValue, jsonEquals } from "../../values/json.ts";
import { applyMergePatch } from "./merge-patch.ts";

/** RFC 7386, appendix A: document, patch, result. */
const examples: readonly (readonly [JsonValue, JsonValue, JsonValue])[] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

test.each(examples)("%j patched with %j is %j", (document, patch, result) => {
  expect(applyMergePatch(document, patch)).toEqual(result);
});

test("objects in a list that replaces another lose their nulls, as upstream has it", () => {
  expect(applyMergePatch({ a: [] }, { a: [{ b: null, c: [null, { d: null }] }] })).toEqual({ a: [{ c: [null, {}] }] });
});

test("a key __proto__ is data", () => {
  const patched = applyMergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}'));
  expect(Object.keys(patched as JsonObject)).toEqual(["__proto__"]);
  expect(({} as JsonObject)["polluted"]).toBeUndefined();
});

const keys = fc.constantFrom("a", "b", "c", "__proto__");
const { object } = fc.letrec<{ object: JsonObject; value: JsonValue }>((tie) => ({
  object: fc.dictionary(keys, tie("value"), { noNullPrototype: true }),
  value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer()), tie("object")),
}));
const patches = fc.letrec<{ object: JsonObject; value: JsonValue }>((tie) => ({
  object: fc.dictionary(keys, tie("value"), { noNullPrototype: true }),
  value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.constant(null), fc.array(fc.integer()), tie("object")),
}));

test("applied twice it does no more than once", () => {
  fc.assert(
    fc.property(object, patches.object, (document, patch) => {
      const once = applyMergePatch(document, patch);
      expect(applyMergePatch(once, patch)).toEqual(once);
    }),
  );
});

test("the difference of two objects, applied to the first, gives the second", () => {
  fc.assert(
    fc.property(object, object, (from, to) => {
      const patched = applyMergePatch(from, difference(from, to));
      expect(jsonEquals(patched, to)).toBe(true);
    }),
  );
});

function difference(from: JsonObject, to: JsonObject): JsonObject {
  const removed = Object.keys(from).filter((key) => !Object.hasOwn(to, key));
  const changed = Object.entries(to).flatMap(([key, value]): [string, JsonValue][] => {
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    if (jsonEquals(before, value)) return [];
    return [[key, isObject(before) && isObject(value) ? difference(before, value) : value]];
  });
  return Object.fromEntries([...removed.map((key): [string, JsonValue] => [key, null]), ...changed]);
}
