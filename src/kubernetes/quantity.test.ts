import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { processorMs } from "../../test/fixtures/processor-time.ts";
import { canonicalQuantity, QuantityError } from "./quantity.ts";

interface Recorded {
  readonly text: string;
  readonly written?: string;
  readonly error?: string;
}

const recorded = readFileSync(new URL("../../test/golden/pods/quantities.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded);

function outcome(text: string): Omit<Recorded, "text"> {
  try {
    return { written: canonicalQuantity(text.trim()) };
  } catch (error) {
    if (error instanceof QuantityError) return { error: error.message };
    throw error;
  }
}

describe("quantities are written as upstream's program wrote them:", () => {
  test.each(recorded)("$text", ({ text, ...expected }) => {
    expect(outcome(text)).toEqual(expected);
  });
});

test("an exponent that no number could be written out with is refused immediately, where Go computes forever", () => {
  expect(outcome("1234567890123456789e2147483647")).toEqual({ error: "unable to parse numeric part of quantity" });
  expect(outcome("1e2147483648")).toEqual({ error: "unable to parse numeric part of quantity" });
});

test.each([
  ["digits", "1".repeat(500_000)],
  ["zeros", `1${"0".repeat(500_000)}`],
  ["decimal places", `0.${"1".repeat(500_000)}`],
  ["digits and a binary suffix", `${"1024".repeat(125_000)}Ki`],
  ["digits of an exponent", `1e${"9".repeat(500_000)}`],
])("is refused immediately with half a megabyte of %s", async (_, text) => {
  expect(await processorMs(() => expect(() => canonicalQuantity(text)).toThrow(QuantityError))).toBeLessThan(1_000);
});
