import { describe, expect, test } from "vitest";
import { parseFieldSelector, parseLabelSelector, selectedName } from "./selectors.ts";

describe("a label selector", () => {
  const labels = { app: "web", tier: "front", replicas: "3" };
  test.each<[string, boolean]>([
    ["", true],
    ["app=web", true],
    ["app==web,tier=front", true],
    ["app=db", false],
    ["app!=db", true],
    ["missing!=x", true],
    ["app", true],
    ["!app", false],
    ["!missing", true],
    ["app in (web, db),tier", true],
    ["app in (db)", false],
    ["app notin (db)", true],
    ["missing notin (db)", true],
    ["replicas>2", true],
    ["replicas<2", false],
  ])("%s matches: %s", (selector, matches) => {
    expect(parseLabelSelector(selector)(labels)).toBe(matches);
  });

  test("that cannot be read is a bad request", () => {
    expect(() => parseLabelSelector("a b c")).toThrow("unable to parse requirement");
  });
});

describe("a field selector", () => {
  test("is split into its requirements", () => {
    expect(parseFieldSelector("metadata.name=w1,spec.clusterIP!=None")).toEqual([
      { field: "metadata.name", operator: "=", value: "w1" },
      { field: "spec.clusterIP", operator: "!=", value: "None" },
    ]);
  });

  test("may hold escaped separators in a value", () => {
    expect(parseFieldSelector(String.raw`reason=a\,b\=c`)).toEqual([
      { field: "reason", operator: "=", value: "a,b=c" },
    ]);
  });

  test("pins a name only by equality", () => {
    expect(selectedName(parseFieldSelector("metadata.name==w1"))).toBe("w1");
    expect(selectedName(parseFieldSelector("metadata.name!=w1"))).toBeUndefined();
  });

  test("that cannot be read is a bad request", () => {
    expect(() => parseFieldSelector("nonsense")).toThrow("invalid selector");
  });
});
