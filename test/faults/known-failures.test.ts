import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { errorCatalogue } from "../../src/errors/catalogue.ts";
import { knownFailures } from "./known-failures.ts";
import { parse, testTitles, titlesIn } from "./test-titles.ts";

const root = join(import.meta.dirname, "../..");
const titled = knownFailures.map((failure) => [`${failure.number}: ${failure.cause}`, failure] as const);

describe("a failure that is known from the field has a test that runs and sees its words:", () => {
  test.each(titled)("%s", (_title, { says, code, test: [file, title] }) => {
    const titles = testTitles(join(root, file));
    expect([...titles.keys()]).toContain(title);
    expect(titles.get(title)).toContain(says);
    if (code !== undefined) expect(Object.keys(errorCatalogue)).toContain(code);
  });
});

test("none of the failures is left out", () => {
  const told = new Set(knownFailures.map(({ number }) => number));
  const upTo32 = Array.from({ length: 32 }, (_, index) => String(index + 1));
  const all = [...upTo32.slice(0, 20), "20b", ...upTo32.slice(20)];
  expect([...told].filter((number) => !all.includes(number))).toEqual([]);
  expect(all.filter((number) => !told.has(number))).toEqual([]);
});

test("a test that is skipped, a row of one, and a title with a placeholder do not count", () => {
  const source = `
    const rows = [{ name: "a row by its name" }] as const;
    const elsewhere = ["a row from elsewhere"];
    test("runs", nothing);
    test.todo("is still to come");
    test.skip("is skipped", nothing);
    test.each([["a row", 1]])("%s", nothing);
    test.each(rows.map(({ name }) => [name] as const))("%s", nothing);
    test.skip.each(["a row that is skipped"])("%s", nothing);
    describe.skip("skipped altogether", () => { test("is in there", nothing); });
    describe.each([["any", elsewhere]])("%s", (_name, names) => { test.each(names)("%s", nothing); });
  `;
  const titles = ["runs", "a row", "a row by its name", "a row from elsewhere"];
  expect([...titlesIn(parse("any.test.ts", source)).keys()]).toEqual(titles);
});
