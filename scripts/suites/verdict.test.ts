import { expect, test } from "vitest";
import { allHold } from "../results/result.ts";
import type { SuiteTest } from "./go-tests.ts";
import { verdictOf } from "./verdict.ts";

const title = "1.36.3, commands";
const passed: SuiteTest = { name: "TestToken", state: "passed", message: "" };
const failed: SuiteTest = { name: "TestInit", state: "failed", message: "\ninit_test.go:12: exit status 1\nmore" };
const skipped: SuiteTest = { name: "TestDualStack", state: "skipped", message: "not dual-stack" };

test("a suite whose tests pass holds, with its skipped tests and their reasons", () => {
  const verdict = verdictOf({ title, tests: [passed, skipped] });
  expect(verdict).toEqual({
    figures: [{ what: title, value: "1 passed, 0 failed, 1 skipped", goal: "none failed", holds: true }],
    skipped: [{ what: `${title}: TestDualStack`, why: "not dual-stack" }],
  });
});

test("a failure that upstream's program does not have is a figure that does not hold", () => {
  const { figures } = verdictOf({ title, tests: [passed, failed], upstream: [passed, { ...failed, state: "passed" }] });
  expect(allHold(figures)).toBe(false);
  expect(figures.map(({ what, value }) => `${what}: ${value}`)).toEqual([
    `${title}: 1 passed, 1 failed, 0 skipped`,
    `${title}, upstream's program: 2 passed, 0 failed, 0 skipped`,
    `${title}: TestInit: failed: init_test.go:12: exit status 1`,
  ]);
});

test("one that it has, too, is not of this release", () => {
  const { figures, skipped: notRun } = verdictOf({ title, tests: [passed, failed], upstream: [passed, failed] });
  expect(allHold(figures)).toBe(true);
  expect(notRun).toEqual([
    { what: `${title}: TestInit`, why: "not of this release: it fails with upstream's program, too" },
  ]);
});

test("a suite without tests is no success", () => {
  expect(() => verdictOf({ title, tests: [] })).toThrow("no test ran");
});
