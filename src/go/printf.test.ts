import { describe, expect, it } from "vitest";
import { sprintf } from "./printf.ts";
import { goTemplate } from "./template/template.ts";

// Results of fmt.Sprintf in Go 1.26.
describe("sprintf with numbers that are made to be too large", () => {
  it.each<[string, readonly (bigint | string)[], string]>([
    ["%536870900d|", [5n], "%!(NOVERB)%!(EXTRA int=5)"],
    ["a%.536870900d|", [5n], "a%!(NOVERB)%!(EXTRA int=5)"],
    ["%99999999999999999999999s", ["x"], "%!(NOVERB)%!(EXTRA string=x)"],
    ["%*d", [536_870_900n, 5n], "%!(BADWIDTH)5"],
    ["%*d", ["w", 5n], "%!(BADWIDTH)5"],
    ["%.*d", [-1n, 5n], "%!(BADPREC)5"],
    ["%.*d", [2_000_000n, 5n], "%!(BADPREC)5"],
    ["%*d|", [-3n, 5n], "5  |"],
    ["%3d|%-3d|%03d", [5n, 5n, 5n], "  5|5  |005"],
  ])("%s", (format, values, text) => expect(sprintf(format, values)).toBe(text));

  it("takes the widths that Go takes", () => {
    expect(sprintf("%1000000d", [5n])).toHaveLength(1_000_000);
    expect(sprintf("%1000001d", [5n])).toHaveLength(1_000_001);
  });
});

describe("urlquery", () => {
  it("takes half a surrogate pair for the character that stands for what is none", () => {
    expect(goTemplate("{{urlquery .a}}", { allowMissingKeys: false })({ a: "x\ud800 y" })).toBe("x%EF%BF%BD+y");
  });
});
