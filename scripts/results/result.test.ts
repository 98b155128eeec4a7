import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../../test/support/temporary/temporary-directory.ts";
import { allHold, atMost, startResult } from "./result.ts";

test("a run leaves a file of its name, with everything that a page about it needs", () => {
  const { path: directory } = temporaryDirectory();
  const write = startResult({ name: "scale", command: "npm run scale", seed: 7 }, directory);
  const figures = [atMost("time of doctor", 1.2, 3, "s"), { what: "nodes", value: 5_000 }];
  const path = write({ figures, skipped: [{ what: "upstream", why: "there is no Go" }] });
  expect(basename(path)).toBe("scale.json");
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
    name: "scale",
    command: "npm run scale",
    commit: expect.stringMatching(/^[0-9a-f]{8}\+?$/),
    version: expect.stringMatching(/^\d+\.\d+\.\d+, as kubeadm v1\.\d+\.\d+$/),
    seed: 7,
    date: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    durationSeconds: expect.any(Number),
    figures: [
      { what: "time of doctor", value: 1.2, unit: "s", goal: "≤ 3 s", holds: true },
      { what: "nodes", value: 5_000 },
    ],
    skipped: [{ what: "upstream", why: "there is no Go" }],
  });
});

test.each([
  ["a figure below its limit holds", [atMost("requests", 9, 10)], true],
  ["a figure at its limit holds", [atMost("requests", 10, 10)], true],
  ["one above its limit does not, whatever the others are", [atMost("requests", 11, 10), atMost("waves", 0, 1)], false],
  ["a figure without a goal holds", [{ what: "nodes", value: 5_000 }], true],
])("%s", (_, figures, holds) => {
  expect(allHold(figures)).toBe(holds);
});
