import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Arg } from "../config/fields/node-registration.ts";
import { lastValue } from "../config/fields/node-registration.ts";
import { componentCommand } from "./component-arguments.ts";

const args = (text: string): readonly Arg[] =>
  text.split(" ").flatMap((word) => {
    const [, name, value = ""] = /^([^=]+)(?:=(.*))?$/.exec(word) ?? [];
    return name === undefined ? [] : [{ name, value }];
  });

const command = (own: string, extra: string, sortsAll = false) =>
  componentCommand("x", args(own), args(extra), { sortsAll }).slice(1).join(" ");

describe("the arguments of a component", () => {
  it.each([
    ["own ones are sorted by name, then value", "b=1 a=2 a=1", "", "--a=1 --a=2 --b=1"],
    ["the user's follow in his order", "a=1", "z=1 c=2", "--a=1 --z=1 --c=2"],
    ["one of the user's replaces all own ones of its name", "a=1 a=2 b=1", "a=3", "--b=1 --a=3"],
    ["the user may repeat a name", "a=1", "a=3 a=2", "--a=3 --a=2"],
    ["an empty value stays", "a=1", "a=", "--a="],
    ["a name is taken as it is, case included", "a=1", "A=2", "--a=1 --A=2"],
  ])("%s", (_name, own, extra, expected) => {
    expect(command(own, extra)).toBe(expected);
  });

  it.each([
    ["extends an own one behind it", "a=1 b=2", [{ name: "a", value: ",3", mergeMethod: "append" }], "--a=1,3 --b=2"],
    ["extends an own one before it", "a=1", [{ name: "a", value: "3,", mergeMethod: "prepend" }], "--a=3,1"],
    [
      "extends each own one of its name",
      "a=1 a=2",
      [{ name: "a", value: "x", mergeMethod: "append" }],
      "--a=1x --a=2x",
    ],
    ["does nothing without an own one", "b=2", [{ name: "a", value: "3", mergeMethod: "append" }], "--b=2"],
    [
      "counts only if it is the last of its name",
      "a=1",
      [
        { name: "a", value: "2", mergeMethod: "append" },
        { name: "a", value: "3" },
      ],
      "--a=3",
    ],
    [
      "leaves those before it that replace an own one",
      "a=1",
      [
        { name: "a", value: "3" },
        { name: "a", value: "2", mergeMethod: "append" },
      ],
      "--a=12 --a=3",
    ],
  ])("one with a merge method %s", (_name, own, extra, expected) => {
    expect(componentCommand("x", args(own), extra, { sortsAll: false }).slice(1).join(" ")).toBe(expected);
  });

  it("are sorted together in clusters of 1.34", () => {
    expect(command("b=1 d=1", "c=2 c=1 a=1", true)).toBe("--a=1 --b=1 --c=1 --c=2 --d=1");
  });

  const names = fc.constantFrom("a", "b", "c", "d");
  const list = fc.array(fc.record({ name: names, value: fc.string({ maxLength: 3 }) }), { maxLength: 8 });

  it("keep every argument of the user, and of the own ones those that he does not name", () => {
    fc.assert(
      fc.property(list, list, fc.boolean(), (own, extra, sortsAll) => {
        const words = componentCommand("x", own, extra, { sortsAll });
        const given = extra.map(({ name, value }) => `--${name}=${value}`);
        const kept = own
          .filter(({ name }) => !extra.some((each) => each.name === name))
          .map(({ name, value }) => `--${name}=${value}`);
        expect(words[0]).toBe("x");
        expect(words.slice(1).toSorted()).toEqual([...kept, ...given].toSorted());
        if (!sortsAll) expect(words.slice(words.length - given.length)).toEqual(given);
      }),
    );
  });

  it("do not depend on the order of the own ones", () => {
    fc.assert(
      fc.property(list, list, (own, extra) => {
        const options = { sortsAll: false };
        expect(componentCommand("x", own.toReversed(), extra, options)).toEqual(
          componentCommand("x", own, extra, options),
        );
      }),
    );
  });

  it("count by the last one of a name, as the components' own parsers do", () => {
    expect(lastValue(args("a=1 b=2 a=3"), "a")).toBe("3");
    expect(lastValue(args("a=1"), "b")).toBeUndefined();
  });
});
