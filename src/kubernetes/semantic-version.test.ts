import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareVersions, parseSemanticVersion, readSemanticVersion, versionText } from "./semantic-version.ts";

function compared(a: string, b: string): number {
  const [left, right] = [parseSemanticVersion(a), parseSemanticVersion(b)];
  if (left === undefined || right === undefined) throw new Error("no version");
  return Math.sign(compareVersions(left, right));
}

describe("versions", () => {
  it("are ordered as upstream orders them", () => {
    const ascending =
      "1.0.0-0 1.0.0-1 1.0.0-2 1.0.0-10 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.10.0 2.0.0";
    const versions = ascending.split(" ");
    for (const [index, version] of versions.entries()) {
      for (const [other, another] of versions.entries())
        expect(compared(version, another)).toBe(Math.sign(index - other));
    }
  });

  it("are ordered by the text of a number next to a word, as upstream orders them", () => {
    expect(compared("1.0.0-1b", "1.0.0-2")).toBe(-1);
    expect(compared("1.0.0-1b", "1.0.0-10")).toBe(1);
  });

  it("are read with or without v, and without their build metadata", () => {
    const part = fc.nat({ max: 1000 });
    fc.assert(
      fc.property(part, part, part, fc.constantFrom("", "-rc.1", "-0"), (major, minor, patch, suffix) => {
        const text = `${major}.${minor}.${patch}${suffix}`;
        for (const each of [text, `v${text}`, `${text}+k3s.1`]) {
          const version = parseSemanticVersion(each);
          expect(version === undefined ? undefined : versionText(version)).toBe(text);
        }
      }),
    );
  });

  it.each([
    "",
    "1.2",
    "01.2.3",
    "1.2.3.4",
    "1.2.x",
    "v1.2.3-",
    "latest",
    "1.2.3-01",
    "1.2.3-a.01",
    "1.2.3-a..b",
    "1.2.3+",
    "1.2.3+a+b",
    "=1.2.3",
  ])("are not found in %j", (text) => {
    expect(parseSemanticVersion(text)).toBeUndefined();
  });

  it.each([
    ["bogus", 'could not parse "bogus" as version'],
    ["", 'could not parse "" as version'],
    ["V1.37.2", 'could not parse "V1.37.2" as version'],
    ["v1.37.2\n", 'could not parse "v1.37.2\\n" as version'],
    ["v1.37", 'illegal version string "v1.37"'],
    ["v1.37.2.3", 'illegal version string "v1.37.2.3"'],
    ["v1.37.x", 'illegal version string "v1.37.x"'],
    ["v1.37.02", 'illegal zero-prefixed version component "02" in "v1.37.02"'],
    ["v01.37.2", 'illegal zero-prefixed version component "01" in "v01.37.2"'],
    ["v1.37.2-01", 'illegal zero-prefixed version component "01" in "v1.37.2-01"'],
    ["v1.37.2.x", 'could not parse pre-release/metadata (.x) in version "v1.37.2.x"'],
    ["v1.37.2-", 'could not parse pre-release/metadata (-) in version "v1.37.2-"'],
    ["v1.37.2_x", 'could not parse pre-release/metadata (_x) in version "v1.37.2_x"'],
    [
      "v1.37.99999999999999999999",
      'illegal non-numeric version component "99999999999999999999" in "v1.37.99999999999999999999": strconv.ParseUint: parsing "99999999999999999999": value out of range',
    ],
  ])("tell of %j what upstream tells", (text, problem) => {
    expect(readSemanticVersion(text)).toEqual({ problem });
  });

  it("with a number that this program cannot calculate with are refused", () => {
    expect(parseSemanticVersion(`1.${Number.MAX_SAFE_INTEGER}.0`)).toBeDefined();
    expect(readSemanticVersion("1.9007199254740992.0")).toHaveProperty("problem");
  });

  it("that are long are refused immediately", () => {
    const reading = readSemanticVersion(`1.${"9".repeat(500_000)}.0`);
    expect(reading).toHaveProperty("problem");
  });
});
