import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareVersions, parseSemanticVersion, versionText } from "./semantic-version.ts";

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

  it("are ordered by the text of a number beside a word, as upstream orders them", () => {
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
});
