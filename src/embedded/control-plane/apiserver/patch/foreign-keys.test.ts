// Keys that clients choose: whatever they are, they are only keys.
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { applyJsonPatch } from "../../../../kubernetes/patches/json-patch.ts";
import { mergeSchemaOf } from "../../../../kubernetes/patches/merge-keys.ts";
import { applyMergePatch } from "../../../../kubernetes/patches/merge-patch.ts";
import { applyStrategicMergePatch } from "../../../../kubernetes/patches/strategic-merge-patch.ts";
import type { JsonObject, JsonValue } from "../../../../values/json.ts";
import { at, isEqualJson } from "../objects.ts";
import { parseLabelSelector } from "../selectors.ts";
import { applyConfiguration } from "./apply.ts";

const members = Object.getOwnPropertyNames(Object.prototype);
afterEach(() => expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(members));

const key = fc.constantFrom(...members, "a", "b", "metadata", "f:__proto__", "prototype");
const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<JsonValue>("x", 1, true),
    fc.array(fc.tuple(key, tie("tree")), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  ),
}));
const object = fc
  .array(fc.tuple(key, tree), { maxLength: 3 })
  .map((entries): JsonObject => Object.fromEntries(entries));

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe("patches with names of Object.prototype for keys", () => {
  test.each<[string, (target: JsonObject, patch: JsonObject) => unknown]>([
    ["a merge patch", applyMergePatch],
    ["a strategic merge patch", (target, patch) => applyStrategicMergePatch(target, patch, mergeSchemaOf("Node"))],
  ])("%s sets what it names, own members only", (_name, apply) => {
    fc.assert(
      fc.property(object, object, (target, patch) => {
        const merged = apply(target, patch);
        for (const [name, value] of Object.entries(patch)) {
          if (typeof value === "object") continue;
          expect(Object.hasOwn(merged as object, name)).toBe(true);
          expect(at(merged, name)).toBe(value);
        }
        expect(isEqualJson(apply(merged as JsonObject, patch), plain(merged))).toBe(true);
      }),
    );
  });

  test("an apply, twice and by two managers, changes only the object", () => {
    fc.assert(
      fc.property(object, object, (first, second) => {
        const metadata = { name: "n" };
        const settings = { isForced: true, kind: "Node", now: new Date() };
        const made = applyConfiguration({
          ...settings,
          current: undefined,
          configuration: { ...first, apiVersion: "v1", kind: "Node", metadata },
          manager: "a",
        });
        const current = { ...(plain(made) as object), apiVersion: "v1", kind: "Node", metadata };
        applyConfiguration({
          ...settings,
          current,
          configuration: { ...second, apiVersion: "v1", kind: "Node", metadata },
          manager: "b",
        });
      }),
    );
  });

  test.each(["__proto__", "constructor", "toString"])("a JSON patch adds and removes %s as any other", (name) => {
    const added = applyJsonPatch({ data: {} }, [{ op: "add", path: `/data/${name}`, value: "v" }]);
    expect(Object.hasOwn(at(added, "data") as object, name)).toBe(true);
    expect(applyJsonPatch(added, [{ op: "remove", path: `/data/${name}` }])).toEqual({ data: {} });
    expect(() => applyJsonPatch({ data: {} }, [{ op: "remove", path: `/data/${name}` }])).toThrow("nonexistent key");
    expect(() => applyJsonPatch({}, [{ op: "add", path: `/${name}/x`, value: "v" }])).toThrow("missing path");
  });
});

describe("selectors of labels with names of Object.prototype", () => {
  test.each(["constructor", "toString", "hasOwnProperty"])("%s is not there unless it is a label", (name) => {
    expect(parseLabelSelector(name)({})).toBe(false);
    expect(parseLabelSelector(`!${name}`)({})).toBe(true);
    expect(parseLabelSelector(name)({ [name]: "x" })).toBe(true);
  });
});
