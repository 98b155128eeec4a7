import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/**
 * Finds expressions that begin at every line and take line breaks as blanks: among blank lines, each start looks at all the
 * lines behind it.
 */
function crossesLines(source: string): readonly string[] {
  return [...source.matchAll(/\/\^\\s[*+](?:[^/\\\n]|\\.)*\/[a-z]*m[a-z]*/g)].map(([expression]) => expression);
}

describe("an expression that looks for lines", () => {
  it("takes only blanks of its line", () => {
    const sources = globSync("src/**/*.ts").filter((path) => !/\.test\.ts$|\/gen\//.test(path));
    expect(sources.length).toBeGreaterThan(500);
    expect(
      sources.flatMap((path) => crossesLines(readFileSync(path, "utf8")).map((found) => `${path}: ${found}`)),
    ).toEqual([]);
  });

  it.each([
    ["one of all lines", "text.match(/^\\s*a\\s*=/gm)", 1],
    ["one of the first such line", "/^\\s+a/m.exec(text)", 1],
    ["one of a whole text", "/^\\s*a/.exec(text)", 0],
    ["one of blanks", "/^[ \\t]*a/m.exec(text)", 0],
  ])("is distinguished from others: %s", (_, source, count) => {
    expect(crossesLines(source)).toHaveLength(count);
  });
});
