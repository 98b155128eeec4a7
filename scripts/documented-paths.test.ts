import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const pages = globSync(["*.md", "docs/**/*.md", "lab/*.md", "test/*/README.md"], { cwd: root }).sort();

/** Returns the paths of the checkout that a page names in backticks, with `{a,b}` expanded. */
function pathsIn(text: string): readonly string[] {
  const words = [...text.matchAll(/`((?:src|test|lab|scripts|bin|docs)\/[^`\s]*)`/g)].map(([, word]) => word ?? "");
  return [...new Set(words.flatMap(writtenOut))];
}

function writtenOut(path: string): readonly string[] {
  const [, before, choices, after] = /^(.*?)\{([^}]*)\}(.*)$/.exec(path) ?? [];
  if (choices === undefined) return [path];
  return choices.split(",").flatMap((choice) => writtenOut(`${before}${choice}${after}`));
}

describe("every path that a page names is there:", () => {
  const named = pages.map((page) => [page, pathsIn(readFileSync(join(root, page), "utf8"))] as const);

  test.each(named.filter(([, paths]) => paths.length > 0))("%s", (_page, paths) => {
    const missing = paths.filter((path) =>
      /[*…<]/.test(path)
        ? globSync(path.replaceAll("…", "*"), { cwd: root }).length === 0
        : !existsSync(join(root, path)),
    );
    expect(missing).toEqual([]);
  });

  test("pages name paths at all", () => {
    expect(named.flatMap(([, paths]) => paths).length).toBeGreaterThan(50);
  });
});
