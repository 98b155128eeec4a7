import { expect, test } from "vitest";
import { humanDuration } from "./human-duration.ts";

const [second, minute, hour, day] = [1, 60, 3600, 86_400].map((seconds) => seconds * 1000) as [
  number,
  number,
  number,
  number,
];

test.each<[number, string]>([
  [-5 * second, "<invalid>"],
  [0, "0s"],
  [119 * second, "119s"],
  [2 * minute, "2m"],
  [2 * minute + 5 * second, "2m5s"],
  [10 * minute + 5 * second, "10m"],
  [179 * minute, "179m"],
  [3 * hour, "3h"],
  [7 * hour + 30 * minute, "7h30m"],
  [47 * hour, "47h"],
  [2 * day + hour, "2d1h"],
  [8 * day + hour, "8d"],
  [730 * day + day, "2y1d"],
  [9 * 365 * day, "9y"],
])("%i ms are %s", (milliseconds, text) => {
  expect(humanDuration(milliseconds)).toBe(text);
});
