import { expect, it } from "vitest";
import { figures, markdown, type Row, table } from "./table.ts";

const rows: readonly Row[] = [
  { what: "worker join", unit: "ms", samples: { ours: [480, 500, 900], upstream: [800, 790, 810] }, limit: 0.65 },
  { what: "version", unit: "ms", samples: { ours: [7.6], upstream: [24.4] }, limit: 0.25 },
  { what: "upgrade", unit: "ms", samples: { ours: [46_240], upstream: [150_100] }, limit: 0.35 },
  { what: "resident memory", unit: "MiB", samples: { ours: [69.3], upstream: [56] }, limit: 1.5 },
];

it("rows have medians, spread, ratios and goals", () => {
  expect(table(rows).trim().split("\n").at(1)).toMatch(
    /^worker join +500 ms \(480 – 900\) +800 ms \(790 – 810\) +0\.63 +≤ 0\.65 +met$/,
  );
  expect(table(rows)).toMatch(/^version .* 0\.31 +≤ 0\.25 +missed$/m);
});

it("in Markdown they can be pasted into the README, with the conditions", () => {
  expect(markdown(rows, { processors: 2, load: 0.25 }).trim().split("\n")).toEqual([
    "Medians, both programs in turn on 2 processors; load 0.3 before the run.",
    "",
    "|  | ours | upstream 1.37.2 | ratio | rounds |",
    "| --- | --- | --- | --- | --- |",
    "| worker join | 0.50 s | 0.80 s | 0.63 | 3 |",
    "| version | 8 ms | 24 ms | 0.31 | 1 |",
    "| upgrade | 46.2 s | 150 s | 0.31 | 1 |",
    "| resident memory | 69 MiB | 56 MiB | 1.24 | 1 |",
  ]);
});

it("on the page of conformance a ratio has its goal, and what it is made of", () => {
  expect(figures(rows).slice(0, 2)).toEqual([
    { what: "worker join", value: "0.63 (0.50 s, upstream 0.80 s; 3 rounds)", goal: "≤ 0.65", holds: true },
    { what: "version", value: "0.31 (8 ms, upstream 24 ms; 1 round)", goal: "≤ 0.25", holds: false },
  ]);
});
