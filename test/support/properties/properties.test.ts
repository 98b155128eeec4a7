import { globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { propertySeed } from "./seed.ts";

const values = () => fc.sample(fc.string(), 20);

describe("a property test", () => {
  test("gets the same values in every run", () => {
    expect(fc.readConfigureGlobal().seed).toBe(propertySeed);
    const seen: string[] = [];
    const property = fc.property(fc.string(), (text) => void seen.push(text));
    fc.assert(property);
    const first = seen.splice(0);
    fc.assert(property);
    expect(seen).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(50);
    expect(values()).toEqual(values());
  });

  test("has no seed of its own: there is one place for it", () => {
    const files = globSync("{src,lab,scripts,test}/**/*.ts").filter(
      (file) => !file.startsWith("test/support/properties/"),
    );
    const texts = files.map((file) => [file, readFileSync(file, "utf8")] as const);
    const users = texts.filter(([file, text]) => file.endsWith(".test.ts") && text.includes('from "fast-check"'));
    expect(users.length).toBeGreaterThan(30);
    expect(users.filter(([, text]) => /\bseed: -?\d|\bconfigureGlobal\b/.test(text)).map(([file]) => file)).toEqual([]);
  });
});
