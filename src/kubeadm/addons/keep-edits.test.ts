import { describe, expect, it } from "vitest";
import { covers, differingFields, keptFields, withEdits } from "./keep-edits.ts";

const template = (image: string) => ({
  replicas: 2,
  tolerations: [{ key: "a" }],
  containers: [{ name: "dns", image, resources: { memory: "170Mi" }, env: [{ name: "A", value: "1" }] }],
});
const [previous, next] = [template("dns:1"), template("dns:2")];
const [container] = previous.containers;

describe("an object that is upgraded", () => {
  it.each([
    ["gets what changes", previous, next],
    [
      "keeps a value that was changed",
      { ...previous, tolerations: [{ key: "b" }] },
      { ...next, tolerations: [{ key: "b" }] },
    ],
    ["keeps a field that was added", { ...previous, paused: true }, { ...next, paused: true }],
    [
      "keeps a field that was removed",
      { replicas: 2, containers: previous.containers },
      { replicas: 2, containers: next.containers },
    ],
    [
      "keeps a change next to one of its own",
      { ...previous, containers: [{ ...container, resources: { memory: "1Gi" } }] },
      { ...next, containers: [{ ...container, image: "dns:2", resources: { memory: "1Gi" } }] },
    ],
    [
      "keeps an item that was added, in its place",
      { ...previous, containers: [{ name: "1" }, ...previous.containers] },
      { ...next, containers: [{ name: "1" }, ...next.containers] },
    ],
    [
      "keeps an item that was removed",
      { ...previous, containers: [{ name: "x" }] },
      { ...next, containers: [{ name: "x" }] },
    ],
  ])("%s", (_, live, expected) => {
    expect(withEdits({ live, previous, next })).toEqual(expected);
  });

  it("gets a field, and an item of a list, that the next version adds", () => {
    const env = [...(container?.env ?? []), { name: "B", value: "2" }];
    const changed = { ...next, containers: [{ ...container, image: "dns:2", env }], priority: 1 };
    expect(withEdits({ live: previous, previous, next: changed })).toEqual(changed);
  });

  it("gets a value that the next version changes, even if it was edited", () => {
    expect(withEdits({ live: { replicas: 5 }, previous: { replicas: 2 }, next: { replicas: 3 } })).toEqual({
      replicas: 3,
    });
  });

  it("loses what the next version does not have, unless it was changed", () => {
    expect(withEdits({ live: { a: 1, b: 3 }, previous: { a: 1, b: 1 }, next: {} })).toEqual({ b: 3 });
  });

  it("loses what the next version does not have, even if the server has added defaults to it", () => {
    const probe = { httpGet: { port: 8080 } };
    const live = { probe: { httpGet: { port: 8080, scheme: "HTTP" }, periodSeconds: 10 } };
    expect(withEdits({ live, previous: { probe }, next: {} })).toEqual({});
  });

  it("gets a list without names as a whole", () => {
    const lists = { live: { args: ["a", "x"] }, previous: { args: ["a"] }, next: { args: ["b"] } };
    expect(withEdits(lists)).toEqual({ args: ["b"] });
  });
});

describe("the fields that differ from what is wanted", () => {
  it.each([
    ["are none if there is only more", { ...next, paused: true }, []],
    [
      "are named with the items that they are in",
      { ...next, containers: previous.containers },
      ["containers[dns].image"],
    ],
    ["are lists that lack an item", { ...next, tolerations: [] }, ["tolerations"]],
    ["are items that are missing", { ...next, containers: [{ name: "x" }] }, ["containers[dns]"]],
  ])("%s", (_, object, paths) => {
    expect(differingFields(object, next)).toEqual(paths);
  });

  it("are not those of a list with more items", () => {
    expect(covers([{ a: 1, b: 2 }, { c: 3 }], [{ a: 1 }])).toBe(true);
    expect(covers([{ a: 1 }], [{ a: 1 }, { c: 3 }])).toBe(false);
  });
});

describe("the fields that are kept although the next version does not have them", () => {
  const probe = { port: 8080 };
  const without = { ...next, containers: next.containers.map(({ env: _, ...each }) => each) };
  it.each([
    ["are none if they are gone", without, without, []],
    ["are none if the next version has them", next, next, []],
    ["are named with the items that they are in", next, without, ["containers[dns].env"]],
    ["are not those that only the object has", { ...next, probe }, next, []],
    ["are items", next, { ...next, containers: [] }, ["containers[dns]"]],
  ])("%s", (_, object, wanted, paths) => {
    expect(keptFields({ live: object, previous, next: wanted })).toEqual(paths);
  });
});
