import { expect, it } from "vitest";
import { processorMs } from "../../test/fixtures/processor-time.ts";
import { parseInteger } from "./integer.ts";

const options = { base: 0, bits: 64n } as const;

it.each([
  ["0x1F", 31],
  ["0x_1_f", 31],
  ["-0b11", -3],
  ["0o17", 15],
  ["017", 15],
  ["1_000", 1_000],
  ["1__0", "invalid syntax"],
  ["0x1_", "invalid syntax"],
  ["0x", "invalid syntax"],
  ["0b12", "invalid syntax"],
])("reads %s as Go does", (text, value) => {
  expect(parseInteger(text, options)).toBe(value);
});

it("refuses a long text immediately", async () => {
  expect(
    await processorMs(() => expect(parseInteger(`0x${"1".repeat(100_000)}g`, options)).toBe("invalid syntax")),
  ).toBeLessThan(1_000);
});
